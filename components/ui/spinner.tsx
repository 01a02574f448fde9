import { LoaderCircle } from 'lucide-react';
import { cx } from './cx';

/** Work in progress; the words stand beside it. */
export function Spinner({ className, size = 14 }: { className?: string; size?: number }) {
  return <LoaderCircle aria-hidden size={size} strokeWidth={2} className={cx('flex-none animate-spin', className)} />;
}
