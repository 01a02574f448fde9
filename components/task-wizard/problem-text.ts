'use client';
import { useTranslations } from 'next-intl';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Problem } from './model/validate';

/** Words for a problem: the wizard's own, or those of the API for its findings (`invalid.CODE`). */
export function useProblemText(): (problem: Problem | undefined) => string | undefined {
  const t = useTranslations('wizard.problem') as unknown as {
    (key: string, params: Problem['params']): string;
    has: (key: string) => boolean;
  };
  const ofConditions = useTranslations('match.problem') as unknown as typeof t;
  const message = useMessageText();
  return (problem) => {
    if (problem === undefined) return undefined;
    const words = [t, ofConditions].find((one) => one.has(problem.code));
    if (words) return words(problem.code, problem.params);
    return message('invalid', problem);
  };
}
