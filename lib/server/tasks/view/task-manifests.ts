import type { ManifestItem } from '@/lib/contract/task';
import { before } from '@/lib/domain/edit';
import type { KubeObject, ObjectRef } from '@/lib/domain/kubernetes';
import { policiesOf } from '@/lib/domain/policies';
import { recordNamePrefix, type TaskSpec } from '@/lib/domain/task';
import { isKind, kinds } from '@/lib/server/cluster/kinds';
import type { z } from 'zod/mini';
import type { TaskContext } from '../context';
import { toManifestYaml } from '@/lib/domain/manifest-yaml';
import { getTaskRecord } from '../record-store';

type Item = z.infer<typeof ManifestItem>;

/** One object that a task made or edited, as it stands. */
export interface TaskObject extends Listed {
  /** Null when it is missing, or hidden. */
  live: KubeObject | null;
  /** The user may not read this kind. */
  isHidden: boolean;
}

/** Every object that a task made or edited: as it stands, and as its owner would have it without the task. */
export async function listManifests(context: TaskContext, namespace: string, name: string): Promise<Item[]> {
  const { spec } = await getTaskRecord(context.cluster, namespace, name);
  const objects = await readTaskObjects(context, spec);
  return objects.map(({ live, isHidden, ...item }) => {
    const without = live && before(spec, live);
    const texts = { before: without && toManifestYaml(without), now: live && toManifestYaml(live) };
    return { ...item, ...texts, ...(isHidden ? { hidden: true } : {}) };
  });
}

/** Every object that a task made or edited, shared ones first; by live reads with the user's rights. */
export function readTaskObjects(context: TaskContext, spec: TaskSpec): Promise<TaskObject[]> {
  return Promise.all(objectsOf(spec).map((item) => readObject(context, item)));
}

interface Listed extends ObjectRef {
  relation: Item['relation'];
}

async function readObject({ cluster }: TaskContext, item: Listed): Promise<TaskObject> {
  if (!isKind(item.kind)) return { ...item, live: null, isHidden: false };
  const { group, plural } = kinds[item.kind];
  const [allowed] = await cluster.review([{ verb: 'get', group, resource: plural, namespace: item.namespace }]);
  if (!allowed) return { ...item, live: null, isHidden: true };
  return { ...item, live: await cluster.get(item.kind, item.namespace, item.name), isHidden: false };
}

/** Shared objects first: they are what somebody else cares about. */
function objectsOf(spec: TaskSpec): Listed[] {
  const { namespace, istioApiVersion, subsets, targets, virtualService: own } = spec;
  const edited = [...spec.entries, ...spec.pins].map(({ virtualService }) => virtualService);
  const byName = new Map(edited.map((ref) => [`${ref.namespace}/${ref.name}`, ref]));
  const routing = [...byName.values()].map((ref): Listed => {
    const isOwn = own?.metadata.name === ref.name && own.metadata.namespace === ref.namespace;
    const relation = isOwn ? 'created' : 'edited';
    return { apiVersion: istioApiVersion, kind: 'VirtualService', ...ref, relation };
  });
  const listed = (apiVersion: string, kind: string, name: string): Listed => {
    return { apiVersion, kind, namespace, name, relation: 'created' };
  };
  const touchesRule = subsets?.subsets.some(({ created }) => created) ?? false;
  return [
    ...routing,
    ...(subsets && touchesRule
      ? [
          {
            ...listed(istioApiVersion, 'DestinationRule', subsets.destinationRule.name),
            namespace: subsets.destinationRule.namespace,
            relation: subsets.created ? ('created' as const) : ('edited' as const),
          },
        ]
      : []),
    ...targets.flatMap(({ created, workload, external, mirrorService }) => [
      ...(created && workload !== null ? [listed('apps/v1', 'Deployment', workload)] : []),
      ...(external ? [listed(istioApiVersion, 'ServiceEntry', external.serviceEntry.metadata.name)] : []),
      ...(external?.tlsRule ? [listed(istioApiVersion, 'DestinationRule', external.tlsRule.metadata.name)] : []),
      ...(mirrorService ? [listed('v1', 'Service', mirrorService.metadata.name)] : []),
    ]),
    ...policiesOf(spec).map(({ apiVersion, kind, metadata }) => listed(apiVersion, kind, metadata.name)),
    listed('v1', 'ConfigMap', recordNamePrefix + spec.name),
  ];
}
