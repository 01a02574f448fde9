import type { ObjectRef } from './kubernetes.ts';
import { withoutJoining } from './retarget.ts';
import { stepsFor } from './steps.ts';
import type { OperationVerb, TaskRecord, TaskSpec } from './task.ts';

/** One access that a user needs; the words of an access review. */
export interface Permission {
  verb: 'get' | 'list' | 'create' | 'update' | 'delete';
  group: string;
  resource: string;
  namespace: string;
}

const resources = {
  ConfigMap: { group: '', resource: 'configmaps' },
  Service: { group: '', resource: 'services' },
  Deployment: { group: 'apps', resource: 'deployments' },
  VirtualService: { group: 'networking.istio.io', resource: 'virtualservices' },
  DestinationRule: { group: 'networking.istio.io', resource: 'destinationrules' },
  AuthorizationPolicy: { group: 'security.istio.io', resource: 'authorizationpolicies' },
  EnvoyFilter: { group: 'networking.istio.io', resource: 'envoyfilters' },
  ServiceEntry: { group: 'networking.istio.io', resource: 'serviceentries' },
} as const;

type WrittenKind = keyof typeof resources;

/**
 * What a user needs for a verb: exactly for a planned task, or, for a namespace alone, whatever any task there may
 * need. Creating includes what deleting again needs: nobody should make what he cannot remove.
 */
export function permissionsNeeded(verb: OperationVerb, where: TaskSpec | string): readonly Permission[] {
  if (typeof where === 'string') return distinct(inNamespace(verb, where));
  const known = ofSpecs.get(where) ?? new Map<OperationVerb, readonly Permission[]>();
  const needed = known.get(verb) ?? distinct(forTask(verb, where));
  ofSpecs.set(where, known.set(verb, needed));
  return needed;
}

/** What a change of new versions' workloads needs beside what any change does. */
export function permissionsToChangeWorkload(spec: TaskSpec): Permission[] {
  const workloads = spec.targets.map(({ id }) => ({ target: id, takesBack: false }));
  const steps = stepsFor('change', spec, { paused: true, workloads });
  return distinct(steps.flatMap(({ verb, object }) => (object ? needs(verb, object) : [])));
}

/** What a change of a task's targets needs beside what any change does: also to take those out again that come. */
export function permissionsToRetarget({ spec, desired }: Pick<TaskRecord, 'spec' | 'desired'>): Permission[] {
  // While it is paused a VirtualService of the task's own goes with the last pins in it.
  const paused = desired !== 'mirroring';
  const steps = [spec, withoutJoining(spec)].flatMap((one) => stepsFor('change', one, { paused }));
  return distinct(steps.flatMap(({ verb, object }) => (object ? needs(verb, object) : [])));
}

/** A list of tasks asks for every verb of every task each time; a spec never changes. */
const ofSpecs = new WeakMap<TaskSpec, Map<OperationVerb, readonly Permission[]>>();

function forTask(verb: OperationVerb, spec: TaskSpec): Permission[] {
  // What is restored may have to be made again.
  const verbs: OperationVerb[] =
    verb === 'create' ? ['create', 'delete'] : verb === 'restore' ? ['create', verb] : [verb];
  // A stop makes nothing for targets that are on their way in.
  const planned = verb === 'pause' ? withoutJoining(spec) : spec;
  // A finish may keep what it would remove, or remove it.
  const kept = verb === 'finish' ? stepsFor(verb, spec, { keepWorkload: true }) : [];
  const steps = [...verbs.flatMap((one) => stepsFor(one, planned)), ...kept];
  return [
    ...onRecord(verb, spec.namespace),
    ...steps.flatMap(({ verb: write, object }) => (object ? needs(write, object) : [])),
  ];
}

function needs(verb: string, object: ObjectRef): Permission[] {
  if (!isWrittenKind(object.kind)) return [];
  const target = resources[object.kind];
  const { namespace } = object;
  if (verb === 'wait') {
    const looked = { verb: 'list' as const, ...target, namespace };
    // Whether a patch has landed is looked up in the object itself.
    if (object.kind === 'VirtualService') return [{ ...looked, verb: 'get' }, looked];
    return [looked, { verb: 'list', group: '', resource: 'pods', namespace }];
  }
  if (verb !== 'create' && verb !== 'update' && verb !== 'delete') return [];
  return [
    { verb: 'get', ...target, namespace },
    { verb, ...target, namespace },
  ];
}

function isWrittenKind(kind: string): kind is WrittenKind {
  return Object.hasOwn(resources, kind);
}

function onRecord(verb: OperationVerb, namespace: string): Permission[] {
  const record = { ...resources.ConfigMap, namespace };
  const writes: Permission['verb'][] = verb === 'create' ? ['create', 'update', 'delete'] : ['update'];
  if (verb === 'delete' || verb === 'rollback') writes.push('delete');
  return (['get', 'list', ...writes] as const).map((write) => ({ verb: write, ...record }));
}

/** Policies are not among it: a task can do without them, and a form can be filled in by who may not make any. */
function inNamespace(verb: OperationVerb, namespace: string): Permission[] {
  const on = (kind: WrittenKind, ...verbs: Permission['verb'][]) =>
    verbs.map((write) => ({ verb: write, ...resources[kind], namespace }));
  const removes = verb === 'create' || verb === 'delete' || verb === 'rollback';
  return [
    ...onRecord(verb, namespace),
    ...on('VirtualService', 'get', 'update'),
    ...(verb === 'create'
      ? [...on('VirtualService', 'create', 'delete'), ...on('DestinationRule', 'get', 'create')]
      : []),
    ...(removes ? on('DestinationRule', 'get', 'update', 'delete') : []),
    ...(verb === 'create' ? [...on('Deployment', 'get', 'list', 'create'), ...on('Service', 'get', 'create')] : []),
    ...(removes ? [...on('Deployment', 'delete'), ...on('Service', 'delete')] : []),
    { verb: 'list', group: '', resource: 'pods', namespace },
  ];
}

function distinct(permissions: Permission[]): Permission[] {
  const byText = new Map(permissions.map((item) => [permissionText(item), item]));
  return [...byText.values()];
}

/** A permission as people name it: `create deployments.apps in demo-project`. */
export function permissionText({ verb, group, resource, namespace }: Permission): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`} (${namespace})`;
}
