'use client';
import { useTranslations } from 'next-intl';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Problem } from './target-problems';

/** Words for what is wrong with a target: the form's own, or those of the API for its findings (`invalid.CODE`). */
export function useTargetProblemText(): (problem: Problem | undefined) => string | undefined {
  const t = useTranslations('target.problem') as unknown as {
    (key: string, params: Problem['params']): string;
    has: (key: string) => boolean;
  };
  const message = useMessageText();
  return (problem) => {
    if (problem === undefined) return undefined;
    return t.has(problem.code) ? t(problem.code, problem.params) : message('invalid', problem);
  };
}
