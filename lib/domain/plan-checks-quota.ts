import { finding, listText, orPass, refTo, type Check } from './check.ts';
import type { Container, Deployment, PodSpec } from './kubernetes.ts';
import { canRead } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { ResourceQuotaObject } from './planning-snapshot.ts';
import { podAmounts, sumOf, times, type Amounts } from './pod-resources.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';
import { hiddenKinds } from './unreadable.ts';
import { podsWith, templateLabels } from './workloads.ts';
import { workloadOf } from './targets.ts';

/**
 * ResourceQuotas that leave no room for the new versions' pods. The server's dry run makes no pods, so it cannot tell; the
 * objects that it does make it counts itself.
 */
export function checkQuota(planned: Planned): Check[] {
  const { facts, spec, target } = planned;
  const { snapshot, input } = facts;
  const deployments = spec.targets.flatMap(({ deployment }) => deployment ?? []);
  const workload = listText(deployments.map(({ metadata }) => metadata.name));
  const names = { namespace: input.namespace, workload: workload || workloadOf(target) };
  if (deployments.length === 0) return [finding('pass', 'quota', null, { ...names, reason: 'existing' })];
  const hidden = hiddenKinds(snapshot, ['ResourceQuota'], [input.namespace]);
  if (hidden) return [finding('unknown', 'quota', null, { ...names, reason: 'unreadable', quotas: '' })];
  const quotas = snapshot.resourceQuotas.filter(
    (quota) => quota.metadata.namespace === input.namespace && countsPods(quota),
  );
  const scoped = quotas.filter(isScoped);
  const unknown = (reason: string, of: readonly ResourceQuotaObject[]) =>
    finding('unknown', 'quota', null, { ...names, reason, quotas: listText(of.map(({ metadata }) => metadata.name)) });
  const plain = quotas.filter((quota) => !isScoped(quota));
  const pods = deployments.map((deployment) => {
    const pod = plannedPod(planned, deployment);
    return pod && times(podAmounts(pod), deployment.spec.replicas ?? 1);
  });
  const known = pods.filter((pod) => pod !== null);
  const needed = known.length < pods.length ? null : sumOf(known);
  const found = needed
    ? plain.flatMap((quota) => shortages(quota, needed, names))
    : plain.length > 0
      ? [unknown('no_pod', plain)]
      : [];
  const uncounted = needed ? plain.filter((quota) => isUncounted(quota, needed)) : [];
  const hints = [
    ...(uncounted.length > 0 ? [unknown('uncounted', uncounted)] : []),
    ...(scoped.length > 0 ? [unknown('scoped', scoped)] : []),
  ];
  const reason = quotas.length > 0 ? 'fits' : 'none';
  return orPass([...found, ...hints], 'quota', null, { ...names, reason });
}

const countedOfPods = /^(pods|count\/pods|cpu|memory|ephemeral-storage|(requests|limits)\..+)$/;

function countsPods({ spec }: ResourceQuotaObject): boolean {
  const ofVolumes = (name: string) => name === 'requests.storage';
  return Object.keys(spec?.hard ?? {}).some((name) => countedOfPods.test(name) && !ofVolumes(name));
}

/** One that is for some pods only: which ones, the server tells by more than the pod's template. */
function isScoped({ spec }: ResourceQuotaObject): boolean {
  return (spec?.scopes?.length ?? 0) > 0 || spec?.scopeSelector !== undefined;
}

/** Nothing in its status tells how much is used of what the pods need: it was only just made. */
function isUncounted({ spec, status }: ResourceQuotaObject, needed: Amounts): boolean {
  return Object.keys(spec?.hard ?? {}).some((name) => (needed[name] ?? 0) > 0 && status?.used?.[name] === undefined);
}

function shortages(quota: ResourceQuotaObject, needed: Amounts, names: Check['params']): Check[] {
  const { hard = {} } = quota.spec ?? {};
  const { used = {} } = quota.status ?? {};
  return Object.entries(hard).flatMap(([name, text]) => {
    const need = needed[name] ?? 0;
    const limit = parseQuantity(text);
    const taken = parseQuantity(used[name] ?? '');
    if (need === 0 || limit === null || taken === null) return [];
    const left = limit - taken;
    // Sums of thousandths come out a little beside.
    if (need <= left + 1e-6) return [];
    const amounts = { need: formatQuantity(need, name), left: formatQuantity(Math.max(left, 0), name) };
    return [
      finding('fail', 'quota', refTo(quota), { ...names, quota: quota.metadata.name, resource: name, ...amounts }),
    ];
  });
}

/**
 * A new pod as the server would store it: the planned containers, with the resources that the namespace's defaults gave
 * the live ones, and the containers that were injected into those. Null where no live pod shows them.
 */
function plannedPod({ facts }: Planned, deployment: Deployment): PodSpec | null {
  const { source, snapshot, input } = facts;
  if (!source || !canRead(facts, 'Pod')) return null;
  const selector = source.spec.selector.matchLabels ?? templateLabels(source);
  const [live] = podsWith(selector, input.namespace, snapshot.pods);
  const { template } = deployment.spec;
  if (!live) return null;
  const merge = (stored: readonly Container[], before: readonly Container[], planned: readonly Container[]) =>
    stored.map((container) => {
      const known = planned.find(({ name }) => name === container.name);
      const was = before.find(({ name }) => name === container.name);
      return known && was ? { ...container, resources: withDefaults(known, was, container) } : container;
    });
  const all = ({ containers, initContainers = [] }: PodSpec) => [...containers, ...initContainers];
  const [before, planned] = [all(source.spec.template.spec), all(template.spec)];
  return {
    ...live.spec,
    containers: merge(live.spec.containers, before, planned),
    initContainers: merge(live.spec.initContainers ?? [], before, planned),
  };
}

type Resources = NonNullable<Container['resources']>;

/** What the plan names; beside it what the live pod has and its own template does not: that came from defaults. */
function withDefaults(planned: Container, template: Container, stored: Container): Resources {
  const defaults = (part: 'requests' | 'limits') => {
    const given = template.resources?.[part] ?? {};
    return Object.entries(stored.resources?.[part] ?? {}).filter(
      // A request that the server set to the template's limit is no default.
      ([name]) => !(name in given) && !(part === 'requests' && name in (template.resources?.limits ?? {})),
    );
  };
  const { requests, limits } = planned.resources ?? {};
  return {
    requests: { ...Object.fromEntries(defaults('requests')), ...limits, ...requests },
    limits: { ...Object.fromEntries(defaults('limits')), ...limits },
  };
}
