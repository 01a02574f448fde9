'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { CopiedWritesDialog } from '@/components/request-match/copied-writes-dialog';
import { MatchChoice, type MatchDraft } from '@/components/request-match/match-choice';
import { Alert } from '@/components/ui/alert';
import { Group } from '@/components/ui/group';
import { copiesReadsOnly, leavesGrpcOut, proposesReadsOnly } from './model/safety';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

/** Which requests are copied. Where only reads are proposed, it is asked before writes are copied as well. */
export function RequestChoice({ wizard }: { wizard: Wizard }) {
  const match = useTranslations('match');
  const textOf = useProblemText();
  const [asking, setAsking] = useState(false);
  const { form, choices, update } = wizard;
  const isProposed = proposesReadsOnly(form, choices);
  const setReadsOnly = (on: boolean): void => {
    setAsking(false);
    // What is proposed is no decision: it goes on following ports and targets.
    update((current) => ({ ...current, readsOnly: on === isProposed ? null : on }));
  };
  const change = ({ readsOnly, ...rest }: Partial<MatchDraft>): void => {
    update((current) => ({ ...current, ...rest }));
    if (readsOnly === undefined) return;
    if (!readsOnly && isProposed) setAsking(true);
    else setReadsOnly(readsOnly);
  };
  return (
    <Group title={match('title')} lead={match('lead')}>
      <MatchChoice
        draft={{ conditions: form.conditions, readsOnly: copiesReadsOnly(form, choices) }}
        onChange={change}
        errorOf={(field) => textOf(wizard.problemOf(field))}
      />
      {leavesGrpcOut(form, choices) && <Alert className="mt-3">{match('grpcLeftOut')}</Alert>}
      <CopiedWritesDialog
        open={asking}
        title={match('copyWritesTitle')}
        allow={match('copyWrites')}
        keep={match('copyReads')}
        onAllow={() => setReadsOnly(false)}
        onKeep={() => setAsking(false)}
      >
        {match('copyWritesBody', { service: form.service ?? '' })}
      </CopiedWritesDialog>
    </Group>
  );
}
