'use client';
import { Plus, Trash2, UserCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button, IconButton } from '@/components/ui/button';
import { Checkbox, RadioCards } from '@/components/ui/choice';
import { Field, Select, TextInput } from '@/components/ui/field';
import { requestMethods, safeMethods } from '@/lib/domain/request-match';
import {
  headerKinds,
  maximumConditions,
  maximumHeaders,
  newCondition,
  pathKinds,
  testUsers,
  withCondition,
  withHeader,
  withNewHeader,
  type ConditionDraft,
  type ConditionKind,
  type HeaderDraft,
} from './conditions';

/** Which requests are copied, as it is typed. */
export interface MatchDraft {
  conditions: ConditionDraft[];
  /** Only requests that change nothing. */
  readsOnly: boolean;
}

interface Editing {
  draft: MatchDraft;
  onChange: (patch: Partial<MatchDraft>) => void;
  /** What is wrong with a field, in words. */
  errorOf: (field: string) => string | undefined;
}

/** Which requests are copied: all, or those that meet one of several conditions. */
export function MatchChoice({ draft, onChange, errorOf }: Editing) {
  const t = useTranslations('match');
  const { conditions } = draft;
  const set = (next: ConditionDraft[]): void => onChange({ conditions: next });
  const matches = conditions.length > 0;
  const add = (condition: ConditionDraft): void => set([...conditions, condition]);
  return (
    <>
      <RadioCards
        legend={t('title')}
        name="match"
        value={matches ? 'some' : 'all'}
        onChange={(which) => (which === 'some' ? add(newCondition(conditions)) : set([]))}
        options={[
          { value: 'all', title: t('all'), body: t('allLead') },
          { value: 'some', title: t('some'), body: t('someLead') },
        ]}
      />
      <Checkbox
        className="mt-3"
        checked={draft.readsOnly}
        onChange={(event) => onChange({ readsOnly: event.target.checked })}
      >
        <span className="block font-semibold">{t('readsOnly')}</span>
        <span className="block text-xs text-ink-2">{t('readsOnlyLead', { methods: safeMethods.join(', ') })}</span>
      </Checkbox>
      {matches && (
        <div className="mt-3 grid gap-3">
          {conditions.map((condition, index) => (
            <Condition
              key={condition.id}
              conditions={conditions}
              errorOf={errorOf}
              condition={condition}
              number={index + 1}
              set={set}
            />
          ))}
          <div className="flex flex-wrap items-center gap-2">
            <Button
              size="small"
              icon={<Plus size={14} aria-hidden />}
              disabledReason={conditions.length >= maximumConditions && t('conditionsMost', { n: maximumConditions })}
              onClick={() => add(newCondition(conditions))}
            >
              {t('addAlternative')}
            </Button>
            <Button
              size="small"
              icon={<UserCheck size={14} aria-hidden />}
              disabledReason={conditions.length >= maximumConditions && t('conditionsMost', { n: maximumConditions })}
              onClick={() => set([...conditions.filter(isFilled), testUsers(conditions)])}
            >
              {t('testUsers')}
            </Button>
            <span className="text-xs text-ink-3">{t('clones')}</span>
          </div>
        </div>
      )}
    </>
  );
}

/** An alternative in which nothing was typed gives way to a preset. */
function isFilled({ method, path, headers }: ConditionDraft): boolean {
  return method !== '' || path !== '' || headers.length > 0;
}

interface ConditionProps extends Pick<Editing, 'errorOf'> {
  conditions: readonly ConditionDraft[];
  condition: ConditionDraft;
  number: number;
  set: (next: ConditionDraft[]) => void;
}

function Condition({ conditions, errorOf, condition, number, set }: ConditionProps) {
  const t = useTranslations('match');
  const { id, method, pathKind, path, headers } = condition;
  const patch = (change: Partial<ConditionDraft> | null): void => set(withCondition(conditions, id, change));
  const at = (part: string): string => `match.${id}.${part}`;
  const name = t('condition', { n: number });
  return (
    <section aria-label={name} className="panel">
      <div className="mb-2 flex items-center gap-2">
        <h4 className="text-xs font-semibold">{name}</h4>
        {number > 1 && <span className="text-xs text-ink-3">{t('or')}</span>}
        <IconButton
          className="ml-auto"
          size="small"
          label={t('removeCondition', { n: number })}
          icon={<Trash2 size={14} aria-hidden />}
          onClick={() => patch(null)}
        />
      </div>
      <div className="grid grid-cols-[140px_140px_minmax(0,1fr)] items-start gap-x-3 gap-y-2 max-sm:grid-cols-1">
        <Field label={t('method')} error={errorOf(at('method'))}>
          <Select
            data-field={at('method')}
            value={method}
            options={['', ...requestMethods].map((value) => ({ value, label: value === '' ? t('anyMethod') : value }))}
            onChange={(event) => patch({ method: event.target.value as ConditionDraft['method'] })}
          />
        </Field>
        <Field label={t('pathKind')}>
          <Select
            value={pathKind}
            options={pathKinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
            onChange={(event) => patch({ pathKind: event.target.value as ConditionDraft['pathKind'] })}
          />
        </Field>
        <Field label={t('path')} error={errorOf(at('path'))}>
          <TextInput
            data-field={at('path')}
            mono
            placeholder={t('anyPath')}
            value={path}
            onChange={(event) => patch({ path: event.target.value })}
          />
        </Field>
      </div>
      {headers.length > 0 && (
        <ul className="mt-2 grid gap-2">
          {headers.map((header, index) => (
            <Header
              key={header.id}
              errorOf={errorOf}
              header={header}
              number={index + 1}
              field={at(`header.${header.id}`)}
              change={(next) => patch(withHeader(condition, header.id, next))}
            />
          ))}
        </ul>
      )}
      <Button
        className="mt-2"
        size="small"
        icon={<Plus size={14} aria-hidden />}
        disabledReason={headers.length >= maximumHeaders && t('headersMost', { n: maximumHeaders })}
        onClick={() => patch(withNewHeader(condition))}
      >
        {t('addHeader')}
      </Button>
    </section>
  );
}

interface HeaderProps extends Pick<Editing, 'errorOf'> {
  header: HeaderDraft;
  number: number;
  field: string;
  change: (next: Partial<HeaderDraft> | null) => void;
}

function Header({ errorOf, header, number, field, change }: HeaderProps) {
  const t = useTranslations('match');
  const { name, kind, value } = header;
  return (
    <li className="grid grid-cols-[minmax(0,2fr)_140px_minmax(0,3fr)_32px] items-start gap-3 max-sm:grid-cols-1">
      <Field label={t('header', { n: number })} labelHidden error={errorOf(`${field}.name`)}>
        <TextInput
          data-field={`${field}.name`}
          mono
          placeholder="x-test-user"
          value={name}
          onChange={(event) => change({ name: event.target.value.trim() })}
        />
      </Field>
      <Field label={t('headerKind', { n: number })} labelHidden>
        <Select
          value={kind}
          options={headerKinds.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
          onChange={(event) => change({ kind: event.target.value as ConditionKind })}
        />
      </Field>
      {kind === 'present' ? (
        <span />
      ) : (
        <Field label={t('headerValue', { n: number })} labelHidden error={errorOf(`${field}.value`)}>
          <TextInput
            data-field={`${field}.value`}
            mono
            placeholder={t('value')}
            value={value}
            onChange={(event) => change({ value: event.target.value })}
          />
        </Field>
      )}
      <IconButton
        size="small"
        label={t('removeHeader', { n: number })}
        icon={<Trash2 size={14} aria-hidden />}
        onClick={() => change(null)}
      />
    </li>
  );
}
