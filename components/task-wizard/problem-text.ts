'use client';
import { useTranslations } from 'next-intl';
import { useTargetProblemText } from '@/components/targets/target-problem-text';
import type { Problem } from '@/components/targets/target-problems';

/** Words for a problem: the wizard's own, or those of a condition or a target, or of the API (`invalid.CODE`). */
export function useProblemText(): (problem: Problem | undefined) => string | undefined {
  const t = useTranslations('wizard.problem') as unknown as {
    (key: string, params: Problem['params']): string;
    has: (key: string) => boolean;
  };
  const ofConditions = useTranslations('match.problem') as unknown as typeof t;
  const ofTarget = useTargetProblemText();
  return (problem) => {
    const words = problem && [t, ofConditions].find((one) => one.has(problem.code));
    return words ? words(problem.code, problem.params) : ofTarget(problem);
  };
}
