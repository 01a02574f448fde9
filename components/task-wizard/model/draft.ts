import { conditionsFromKept } from '@/components/request-match/conditions';
import {
  targetKinds,
  type ContainerDraft,
  type EnvAddition,
  type TargetDraft,
} from '@/components/targets/target-draft';
import { emptyForm, type FurtherTarget, type WizardForm } from './form-model';

/** The part of Storage that drafts need. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const schemaVersion = 2;
const keyOf = (namespace: string): string => `mirror-console.draft.${namespace}`;

/**
 * Keeps what was typed, for this tab and namespace. Values of variables whose name says that they are secret are
 * left out: they come back as null, to be typed again. Storage that is full or refused loses the draft, not the form.
 */
export function writeDraft(storage: DraftStorage, namespace: string, form: WizardForm): void {
  try {
    storage.setItem(keyOf(namespace), JSON.stringify({ schemaVersion, form: withoutSecrets(form) }));
  } catch {
    // The form itself stays in memory.
  }
}

/** The kept draft, or null when there is none or it cannot be read. */
export function readDraft(storage: DraftStorage, namespace: string): WizardForm | null {
  try {
    const text = storage.getItem(keyOf(namespace));
    const kept: unknown = text === null ? null : JSON.parse(text);
    return isKept(kept) ? fromKept(kept.form) : null;
  } catch {
    return null;
  }
}

/** Forgets the draft. */
export function clearDraft(storage: DraftStorage, namespace: string): void {
  try {
    storage.removeItem(keyOf(namespace));
  } catch {
    // Nothing was kept then.
  }
}

/** True for names such as DB_PASSWORD, API_TOKEN, AWS_SECRET_ACCESS_KEY. */
export function namesSecret(name: string): boolean {
  return /pass(word|wd|phrase)?|pwd|secret|token|credential|(api|access|private|signing|encryption)[-_.]?key|dsn$/i.test(
    name,
  );
}

function withoutSecrets(form: WizardForm): WizardForm {
  return { ...targetWithoutSecrets(form), further: form.further.map(targetWithoutSecrets) };
}

function targetWithoutSecrets<Target extends TargetDraft>(target: Target): Target {
  return {
    ...target,
    containers: Object.fromEntries(
      Object.entries(target.containers).map(([container, draft]) => [container, containerWithoutSecrets(draft)]),
    ),
  };
}

function containerWithoutSecrets(draft: ContainerDraft): ContainerDraft {
  return {
    ...draft,
    envValues: Object.fromEntries(
      Object.entries(draft.envValues).map(([name, value]) => [name, namesSecret(name) ? null : value]),
    ),
    envAdded: draft.envAdded.map((row) => (namesSecret(row.name) ? { ...row, value: null } : row)),
  };
}

function isKept(value: unknown): value is { form: Partial<WizardForm> } {
  if (typeof value !== 'object' || value === null) return false;
  const kept = value as { schemaVersion?: unknown; form?: unknown };
  return kept.schemaVersion === schemaVersion && typeof kept.form === 'object' && kept.form !== null;
}

/** Fields of another type than the form's are dropped one by one: a draft never breaks the page. */
function fromKept(kept: Partial<WizardForm>): WizardForm {
  return {
    ...targetFromKept(kept),
    name: text(kept.name, ''),
    description: text(kept.description, ''),
    service: optionalText(kept.service),
    ports: Array.isArray(kept.ports) ? kept.ports.filter((port) => Number.isInteger(port)) : null,
    further: furtherFromKept(kept.further),
    routes: routesFromKept(kept.routes),
    conditions: conditionsFromKept(kept.conditions),
    setAside: conditionsFromKept(kept.setAside),
    percentage: text(kept.percentage, emptyForm.percentage),
    placement: kept.placement === 'dedicated' || kept.placement === 'subset' ? kept.placement : null,
    delivery: kept.delivery === 'write' || kept.delivery === 'patch' ? kept.delivery : null,
    denyWrites: typeof kept.denyWrites === 'boolean' ? kept.denyWrites : null,
    marker: kept.marker === true,
    readsOnly: typeof kept.readsOnly === 'boolean' ? kept.readsOnly : null,
  };
}

function targetFromKept(kept: Partial<Record<keyof TargetDraft, unknown>>): TargetDraft {
  return {
    targetKind: targetKinds.find((kind) => kind === kept.targetKind) ?? 'new',
    version: optionalText(kept.version),
    replicas: typeof kept.replicas === 'number' ? kept.replicas : emptyForm.replicas,
    existing: optionalText(kept.existing),
    targetNamespace: optionalText(kept.targetNamespace),
    targetService: optionalText(kept.targetService),
    targetPort: Number.isInteger(kept.targetPort) ? Number(kept.targetPort) : null,
    externalHost: text(kept.externalHost, ''),
    externalPort: text(kept.externalPort, emptyForm.externalPort),
    externalTls: kept.externalTls === true,
    containers: containersFromKept(kept.containers),
  };
}

function furtherFromKept(kept: unknown): FurtherTarget[] {
  return list(kept).flatMap((value) => {
    const row: Partial<Record<keyof FurtherTarget, unknown>> = record(value);
    const { id, percentage } = row;
    return typeof id === 'string' ? [{ ...targetFromKept(row), id, percentage: text(percentage, '') }] : [];
  });
}

function routesFromKept(kept: unknown): WizardForm['routes'] {
  if (!Array.isArray(kept)) return null;
  return kept.flatMap((choice) => {
    const { namespace, virtualService, route } = record(choice);
    const isChoice = typeof namespace === 'string' && typeof virtualService === 'string' && typeof route === 'string';
    return isChoice ? [{ namespace, virtualService, route }] : [];
  });
}

function containersFromKept(kept: unknown): WizardForm['containers'] {
  return Object.fromEntries(
    Object.entries(record(kept)).map(([container, value]) => {
      const draft = record(value);
      return [
        container,
        {
          image: typeof draft.image === 'string' ? draft.image : null,
          envValues: valuesFromKept(draft.envValues),
          envRemoved: list(draft.envRemoved).filter((name) => typeof name === 'string'),
          envAdded: list(draft.envAdded).map((row, index) => additionFromKept(record(row), index)),
          requests: quantitiesFromKept(draft.requests),
          limits: quantitiesFromKept(draft.limits),
        },
      ];
    }),
  );
}

function additionFromKept({ name, value }: Record<string, unknown>, index: number): EnvAddition {
  return { id: String(index + 1), name: text(name, ''), value: optionalText(value) };
}

/** A value that is null was secret. */
function valuesFromKept(kept: unknown): ContainerDraft['envValues'] {
  return Object.fromEntries(Object.entries(record(kept)).map(([name, value]) => [name, optionalText(value)]));
}

function quantitiesFromKept(kept: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record(kept)).flatMap(([resource, quantity]) =>
      typeof quantity === 'string' ? [[resource, quantity]] : [],
    ),
  );
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
