import type { ConditionProblem } from '@/components/request-match/condition-problems';
import type { ChangeBody } from '@/lib/client/tasks';
import type { ContainerInfo } from '@/lib/contract/inventory';
import { parsePort } from '@/lib/domain/names';
import { parsePercentage } from '@/lib/domain/percentage';

export type AddedTarget = NonNullable<ChangeBody['addTargets']>[number];

export const addedKinds = ['version', 'existing', 'service', 'external'] as const;
export type AddedKind = (typeof addedKinds)[number];

/** What is typed of a target that a running task is to get. */
export interface AddedDraft {
  kind: AddedKind;
  percentage: string;
  /** Of a new version; `images`: by container of the live version, absent: as there. */
  version: string;
  images: Record<string, string>;
  /** Name of a Deployment that stands. */
  existing: string;
  /** Another Service. */
  namespace: string;
  service: string;
  /** Of another Service, or of a host outside. */
  port: string;
  host: string;
  tls: boolean;
}

/** Nothing is typed yet; a share that costs little. */
export function newTarget(namespace: string): AddedDraft {
  return {
    kind: 'version',
    percentage: '1',
    version: '',
    images: {},
    existing: '',
    namespace,
    service: '',
    port: '',
    host: '',
    tls: false,
  };
}

/**
 * The target that a draft says; null while it says none. `live`: containers of the version that a new one is a copy of;
 * none: they are not read, and nobody could say of which images it would be.
 */
export function addedTargetOf(
  draft: AddedDraft,
  live: readonly ContainerInfo[],
): { target: AddedTarget | null; problems: ConditionProblem[] } {
  const parsed = parsePercentage(draft.percentage);
  const missing = missingFields(draft, live);
  const problems = [
    ...('problem' in parsed ? [{ field: 'added.percentage', code: parsed.problem, params: {} }] : []),
    ...missing.map((field) => ({ field: `added.${field}`, code: 'required', params: {} })),
  ];
  if ('problem' in parsed || missing.length > 0) return { target: null, problems };
  return { target: { ...whereTo(draft, live), percentage: parsed.percent } as AddedTarget, problems };
}

function missingFields(draft: AddedDraft, live: readonly ContainerInfo[]): string[] {
  const texts = (fields: readonly ('version' | 'existing' | 'namespace' | 'service' | 'host')[]) =>
    fields.filter((field) => draft[field].trim() === '');
  const port = parsePort(draft.port.trim()) === null ? ['port'] : [];
  switch (draft.kind) {
    case 'version':
      return [...texts(['version']), ...missingImages(draft, live)];
    case 'existing':
      return texts(['existing']);
    case 'service':
      return [...texts(['namespace', 'service']), ...port];
    case 'external':
      return [...texts(['host']), ...port];
  }
}

function missingImages({ images }: AddedDraft, live: readonly ContainerInfo[]): string[] {
  if (live.length === 0) return ['images'];
  return live.flatMap(({ name }) => (images[name]?.trim() === '' ? [`image.${name}`] : []));
}

function whereTo(draft: AddedDraft, live: readonly ContainerInfo[]): object {
  const port = parsePort(draft.port.trim()) ?? 0;
  switch (draft.kind) {
    case 'version': {
      const containers = live.flatMap(({ name, image }) => {
        const wanted = draft.images[name]?.trim() ?? image;
        return wanted === image ? [] : [{ name, image: wanted }];
      });
      return { kind: 'version', version: draft.version.trim(), replicas: 1, containers };
    }
    case 'existing':
      return { kind: 'version', existing: draft.existing };
    case 'service':
      return { kind: 'service', namespace: draft.namespace.trim(), name: draft.service.trim(), port };
    case 'external':
      return { kind: 'external', host: draft.host.trim(), port, tls: draft.tls };
  }
}
