import type { ConditionProblem } from '@/components/request-match/condition-problems';
import type { ChangeBody } from '@/lib/client/tasks';
import type { ContainerInfo } from '@/lib/contract/inventory';
import { hostProblem, nameProblem, parsePort, versionProblem } from '@/lib/domain/names';
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
  const wrong = fieldProblems(draft, live);
  const problems = [
    ...('problem' in parsed ? [{ field: 'added.percentage', code: parsed.problem, params: {} }] : []),
    ...wrong.map(([field, code]) => ({ field: `added.${field}`, code, params: {} })),
  ];
  if ('problem' in parsed || wrong.length > 0) return { target: null, problems };
  return { target: { ...whereTo(draft, live), percentage: parsed.percent } as AddedTarget, problems };
}

type FieldProblem = [field: string, code: string];

function fieldProblems(draft: AddedDraft, live: readonly ContainerInfo[]): FieldProblem[] {
  const told = (field: string, code: string | null): FieldProblem[] => (code === null ? [] : [[field, code]]);
  const ofName = (field: 'namespace' | 'service') => told(field, nameProblem(draft[field].trim()));
  const port = told('port', portProblem(draft.port.trim()));
  switch (draft.kind) {
    case 'version':
      return [...told('version', versionProblem(draft.version.trim())), ...imageProblems(draft, live)];
    case 'existing':
      return told('existing', draft.existing === '' ? 'existing_required' : null);
    case 'service':
      return [...ofName('namespace'), ...ofName('service'), ...port];
    case 'external':
      return [...told('host', hostProblem(draft.host.trim())), ...port];
  }
}

function portProblem(text: string): string | null {
  if (text === '') return 'port_required';
  return parsePort(text) === null ? 'port_wrong' : null;
}

function imageProblems({ images }: AddedDraft, live: readonly ContainerInfo[]): FieldProblem[] {
  if (live.length === 0) return [['images', 'images_unknown']];
  return live.flatMap(({ name }) => (images[name]?.trim() === '' ? [[`image.${name}`, 'image_required']] : []));
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
