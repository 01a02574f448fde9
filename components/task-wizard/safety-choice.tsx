'use client';
import { useTranslations } from 'next-intl';
import { useId, useState, type ReactNode } from 'react';
import { CopiedWritesDialog } from '@/components/request-match/copied-writes-dialog';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Checkbox } from '@/components/ui/choice';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { markerHeader } from '@/lib/domain/policies';
import { safeMethods } from '@/lib/domain/request-match';
import { leftAsTheyAre } from './model/form-model';
import { deniesWrites, denyWritesCaveat } from './model/safety';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

/** What keeps copies from doing harm at the mirror. Switching a proposed protection off is asked about. */
export function SafetyChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.strategy');
  const textOf = useProblemText();
  const [asking, setAsking] = useState(false);
  const { form, choices, update } = wizard;
  const left = leftAsTheyAre(form);
  const caveat = denyWritesCaveat(form, choices);
  const denyWrites = deniesWrites(form, choices);
  const error = textOf(wizard.problemOf('safety'));
  const setDenyWrites = (on: boolean): void => {
    setAsking(false);
    // What is proposed is no decision: it goes on following ports and target.
    update((current) => ({ ...current, denyWrites: on === (caveat === null) ? null : on }));
  };
  return (
    <Group title={t('safety')} lead={t('safetyLead')}>
      <div {...fieldMark('safety')} tabIndex={-1} className="grid gap-2">
        {error && <Alert tone="bad" title={error} live />}
        <Protection
          title={t('denyWrites')}
          object="AuthorizationPolicy"
          checked={denyWrites}
          onChange={(on) => (on || caveat !== null ? setDenyWrites(on) : setAsking(true))}
          caveat={caveat === null ? null : t(caveat === 'grpc' ? 'denyWritesGrpc' : 'denyWritesExisting')}
        >
          {t('denyWritesLead', { methods: safeMethods.join(', ') })}
        </Protection>
        <Protection
          title={t('marker')}
          object="EnvoyFilter"
          checked={form.marker}
          onChange={(marker) => update((current) => ({ ...current, marker }))}
          caveat={null}
        >
          {t('markerLead', { header: `${markerHeader}: true` })}
        </Protection>
        {left.length > 0 && <p className="text-xs text-ink-2">{t('safetyNotOf', { workloads: left.join(', ') })}</p>}
      </div>
      <CopiedWritesDialog
        open={asking}
        title={t('allowWritesTitle')}
        allow={t('allowWrites')}
        keep={t('keepDenying')}
        onAllow={() => setDenyWrites(false)}
        onKeep={() => setAsking(false)}
      >
        {t('allowWritesBody', { service: form.service ?? '' })}
      </CopiedWritesDialog>
    </Group>
  );
}

function Protection({
  title,
  object,
  checked,
  onChange,
  caveat,
  children,
}: {
  title: string;
  /** Kind of the object that the task makes for it. */
  object: string;
  checked: boolean;
  onChange: (on: boolean) => void;
  caveat: string | null;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <div className="panel grid gap-1">
      <div className="flex flex-wrap items-center gap-2">
        <Checkbox checked={checked} aria-describedby={id} onChange={(event) => onChange(event.target.checked)}>
          <span className="font-semibold">{title}</span>
        </Checkbox>
        <span className="ml-auto">
          <Badge tone="idle">{object}</Badge>
        </span>
      </div>
      <p id={id} className="text-xs text-ink-2">
        {children}
        {caveat && <span className="mt-1 block font-medium text-warn-ink">{caveat}</span>}
      </p>
    </div>
  );
}
