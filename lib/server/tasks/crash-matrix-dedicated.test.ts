import { describeCrashMatrix } from './testing/crash-matrix';

describeCrashMatrix('dedicated');
