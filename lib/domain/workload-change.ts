import type { Container, Deployment, EnvVar } from './kubernetes.ts';
import { withContainers } from './new-deployment.ts';
import { parseQuantity } from './quantity.ts';
import { clone, sameJson } from './structure.ts';
import { mapTargets } from './targets.ts';
import type {
  ContainerChange,
  NewVersionTarget,
  TaskSpec,
  TaskTarget,
  WorkloadChange,
  WorkloadFields,
} from './task.ts';

/** The new version that a task made, which is what of a target's workload can be changed; null: it is not the task's. */
export function ownVersionOf({ input, deployment }: Pick<TaskTarget, 'input' | 'deployment'>): NewVersionTarget | null {
  return deployment !== null && input.kind === 'version' && !('existing' in input) ? input : null;
}

/** A task with a target whose new version has these fields, in what its operator asked for and in its Deployment. */
export function withWorkload(spec: TaskSpec, id: string, fields: WorkloadFields): TaskSpec {
  const targets = mapTargets(spec.targets, (target) => (target.id === id ? targetWith(target, fields) : target));
  return { ...spec, targets };
}

function targetWith(target: TaskTarget, fields: WorkloadFields): TaskTarget {
  const version = ownVersionOf(target);
  if (!version || !target.deployment) return target;
  const { replicas = version.replicas } = fields;
  const containers = fields.containers.reduce(mergeContainer, version.containers);
  const input: NewVersionTarget = { ...version, replicas, containers };
  return { ...target, input, deployment: withFields(target.deployment, fields) };
}

/**
 * How a Deployment becomes what is asked for; null where it is already. Fields that hold what is asked for are left out: a
 * form sends all that it shows.
 */
export function planWorkloadChange(live: Deployment, asked: WorkloadFields): WorkloadChange | null {
  const containers = asked.containers.flatMap((wanted) => {
    const found = containerOf(live, wanted.name);
    return found ? differing(found, withBothAmounts(found, wanted)) : [];
  });
  const isScaled = asked.replicas !== undefined && asked.replicas !== replicasOf(live);
  if (!isScaled && containers.length === 0) return null;
  const to = { ...(isScaled && { replicas: asked.replicas }), containers } as WorkloadFields;
  return { from: standing(live, to), to, takesBack: false };
}

/** Limits bring requests with them: what goes back takes both back. */
function withBothAmounts({ resources: now }: Container, change: ContainerChange): ContainerChange {
  if (!change.resources) return change;
  const { requests = now?.requests ?? {}, limits = now?.limits ?? {} } = change.resources;
  return { ...change, resources: { requests, limits } };
}

/** The change that takes another one back. */
export function takenBack<T extends WorkloadChange>(change: T): T {
  return { ...change, from: change.to, to: change.from, takesBack: true };
}

/**
 * Today's Deployment with a change made; `conflict` names a field that somebody else has set meanwhile. What takes a
 * change back leaves that as it is, since it is not what the change had put there.
 */
export function changeWorkload(
  live: Deployment,
  { from, to, takesBack }: WorkloadChange,
): { object: Deployment } | { conflict: string } {
  const wanted: WorkloadFields = { containers: [] };
  for (const { field, before, after } of fieldsOf(from, to)) {
    const now = standing(live, after);
    const isMissing = now.containers.length < after.containers.length;
    if (!isMissing && holds(live, after) && !sameJson(now, before)) continue;
    const isUntouched = !isMissing && (takesBack ? holds(live, before) : sameJson(now, before));
    if (!isUntouched && !takesBack) return { conflict: field };
    if (!isUntouched) continue;
    if (after.replicas !== undefined) wanted.replicas = after.replicas;
    wanted.containers = after.containers.reduce(mergeContainer, wanted.containers);
  }
  return { object: withFields(live, wanted) };
}

/** A change field by field. */
function fieldsOf(from: WorkloadFields, to: WorkloadFields) {
  const scaled =
    to.replicas === undefined ? [] : [{ field: 'replicas', before: scale(from.replicas), after: scale(to.replicas) }];
  const changed = to.containers.flatMap((after) => {
    const before = from.containers.find(({ name }) => name === after.name);
    return (['image', 'env', 'resources'] as const).flatMap((key) =>
      before === undefined || after[key] === undefined
        ? []
        : [{ field: `${after.name}.${key}`, before: only(before, key), after: only(after, key) }],
    );
  });
  return [...scaled, ...changed];
}

function scale(replicas: number | undefined): WorkloadFields {
  return { ...(replicas !== undefined && { replicas }), containers: [] };
}

function only({ name, ...fields }: ContainerChange, key: 'image' | 'env' | 'resources'): WorkloadFields {
  return { containers: [{ name, [key]: fields[key] }] };
}

function withFields(object: Deployment, { replicas, containers }: WorkloadFields): Deployment {
  const { template } = object.spec;
  return {
    ...object,
    spec: {
      ...object.spec,
      ...(replicas !== undefined && { replicas }),
      template: { ...template, spec: withContainers(template.spec, containers) },
    },
  };
}

/** The fields that `asked` names, as they stand; containers that are not there are left out. */
function standing(live: Deployment, asked: WorkloadFields): WorkloadFields {
  const containers = asked.containers.flatMap((wanted) => {
    const found = containerOf(live, wanted.name);
    return found ? [fieldsNow(found, wanted)] : [];
  });
  return { ...(asked.replicas !== undefined && { replicas: replicasOf(live) }), containers };
}

function fieldsNow(container: Container, { name, image, env, resources }: ContainerChange): ContainerChange {
  const { requests = {}, limits = {} } = container.resources ?? {};
  return clone({
    name,
    ...(image !== undefined && container.image !== undefined && { image: container.image }),
    ...(env !== undefined && { env: container.env ?? [] }),
    ...(resources !== undefined && {
      resources: { ...(resources.requests && { requests }), ...(resources.limits && { limits }) },
    }),
  });
}

function holds(live: Deployment, { replicas, containers }: WorkloadFields): boolean {
  return (
    (replicas === undefined || replicas === replicasOf(live)) &&
    containers.every((wanted) => {
      const found = containerOf(live, wanted.name);
      return found !== undefined && differing(found, wanted).length === 0;
    })
  );
}

/** What a container does not hold yet of what is asked for; what the API server adds of its own counts for nothing. */
function differing(live: Container, { name, image, env, resources }: ContainerChange): ContainerChange[] {
  const hasEnv = env === undefined || isSameEnv(live.env ?? [], env);
  const { requests, limits } = resources ?? {};
  const hasLimits = limits === undefined || isSameAmounts(live.resources?.limits ?? {}, limits, {});
  const defaults = live.resources?.limits ?? {};
  const hasRequests = requests === undefined || isSameAmounts(live.resources?.requests ?? {}, requests, defaults);
  const changed: ContainerChange = {
    name,
    ...(image !== undefined && image !== live.image && { image }),
    ...(!hasEnv && { env }),
    ...(!(hasLimits && hasRequests) && resources && { resources }),
  };
  return Object.keys(changed).length > 1 ? [changed] : [];
}

function isSameEnv(live: readonly EnvVar[], wanted: readonly EnvVar[]): boolean {
  return live.length === wanted.length && wanted.every((one, index) => isSameVariable(live[index], one));
}

/** No value is an empty one. */
function isSameVariable(live: EnvVar | undefined, { name, value = '', valueFrom }: EnvVar): boolean {
  if (live?.name !== name || (live.value ?? '') !== value) return false;
  return valueFrom === undefined ? !live.valueFrom : contains(live.valueFrom, valueFrom);
}

/** Fields of an object that are not asked for are defaults of the API server, and an empty text is not kept. */
function contains(live: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return live === wanted || (wanted === '' && live === undefined);
  return Object.entries(wanted).every(([key, value]) =>
    contains((live as Record<string, unknown> | null)?.[key], value),
  );
}

type Amounts = Record<string, string>;

/** A request that is not asked for is the limit of the same resource. */
function isSameAmounts(live: Amounts, wanted: Amounts, defaults: Amounts): boolean {
  const isSame = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && (a === b || parseQuantity(a) === parseQuantity(b));
  return (
    Object.entries(wanted).every(([name, amount]) => isSame(live[name], amount)) &&
    Object.entries(live).every(([name, amount]) => name in wanted || isSame(defaults[name], amount))
  );
}

function mergeContainer(list: ContainerChange[], change: ContainerChange): ContainerChange[] {
  const old = list.find(({ name }) => name === change.name);
  if (!old) return [...list, clone(change)];
  const resources = change.resources && { resources: { ...old.resources, ...change.resources } };
  return list.map((one) => (one === old ? clone({ ...old, ...change, ...resources }) : one));
}

function containerOf({ spec }: Deployment, name: string): Container | undefined {
  const { containers, initContainers = [] } = spec.template.spec;
  return [...containers, ...initContainers].find((container) => container.name === name);
}

function replicasOf({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}
