import { finding, listText, orPass, refTo, type Check } from './check.ts';
import type { Deployment } from './kubernetes.ts';
import { deploymentNameFor, mirrorAppLabel, versionProblem } from './names.ts';
import { unknownContainers } from './new-deployment.ts';
import { ownerTool } from './owner-tool.ts';
import { deliveryOf } from './delivery.ts';
import { permissionsNeeded, permissionText } from './permissions.ts';
import { canRead, isBehind, versionText, type PlanFacts } from './plan-facts.ts';
import { mirrorSubsetLabels, selectedBeside } from './plan-subsets.ts';
import { wishesOf, type PlanningInput, type PlanningSnapshot } from './planning-snapshot.ts';
import { patchedByBoth, rivalOf } from './rivals.ts';
import { serviceProblems } from './service-problems.ts';
import { mirrorablePorts, portProtocol } from './service-ports.ts';
import { isVersionTarget } from './targets.ts';
import type { TargetInput, TaskSpec } from './task.ts';
import { hasSidecar, podsWith, templateLabels, versionLabel, versionOf } from './workloads.ts';

/** Checks that need no plan: the service, its ports and versions, the input against them. */
export function checkInput(input: PlanningInput, snapshot: PlanningSnapshot, facts: PlanFacts | null): Check[] {
  if (!facts) {
    const object = { apiVersion: 'v1', kind: 'Service', namespace: input.namespace, name: input.service };
    return [finding('fail', 'service', object, { reason: 'missing', service: input.service, detail: '' })];
  }
  return [
    ...checkService(facts, snapshot),
    ...checkPorts(facts),
    ...checkPrimarySidecars(facts),
    ...checkPrimaryVersion(facts),
    ...checkNewVersion(facts),
    ...checkContainers(facts),
    ...checkNames(facts),
  ];
}

/** Checks that hold whatever the plan: what could not be read, and what the user may not do. */
export function checkEnvironment({ snapshot, input }: PlanFacts, spec: TaskSpec | null): Check[] {
  const byNamespace = Map.groupBy(snapshot.unreadable, ({ namespace }) => namespace);
  const hidden = [...byNamespace].map(([namespace, lists]) => {
    const kinds = listText([...new Set(lists.map(({ kind }) => kind))], 8);
    return finding('unknown', 'unreadable', null, {
      kind: kinds,
      scope: namespace === '*' ? 'others' : 'one',
      namespace,
    });
  });
  return [
    ...orPass(hidden, 'unreadable', null),
    ...checkPermissions(snapshot, spec, input.namespace),
    ...(spec ? checkRival(spec, snapshot) : []),
  ];
}

/** What a creation is refused for after its record is stored, when the other task came before the plan. */
function checkRival(spec: TaskSpec, { tasks }: PlanningSnapshot): Check[] {
  const rival = rivalOf(spec, tasks);
  const patched = rival && patchedByBoth(spec, rival);
  const object = patched ? `${patched.namespace}/${patched.name}` : '';
  const reason = patched ? 'patch' : 'edit';
  const params = { service: spec.service.name, task: rival?.name ?? '', reason, object };
  return [finding(rival ? 'fail' : 'pass', 'task_rival', null, params)];
}

/** The service's own problems that no other check of ours tells. */
function checkService(facts: PlanFacts, snapshot: PlanningSnapshot): Check[] {
  const { service, input } = facts;
  const elsewhere = new Set(['service_no_http_port', 'service_no_version', 'service_no_sidecar']);
  const found = serviceProblems(service, snapshot)
    .filter(({ code }) => !elsewhere.has(code))
    .map(({ code, params }) => {
      const detail = String(params.workload ?? params.selector ?? params.host ?? '');
      return finding('fail', 'service', refTo(service), { reason: code, service: input.service, detail });
    });
  const told = found.length > 0 ? found : withoutLive(facts);
  return orPass(told, 'service', refTo(service), { service: input.service });
}

/** Nothing answers clients, as far as the plan may tell: there is nothing to copy from, or to compare with. */
function withoutLive(facts: PlanFacts): Check[] {
  const { source, service, input, chosen } = facts;
  if (source) return [];
  const isHidden = !canRead(facts, 'Deployment');
  const detail = isHidden ? input.namespace : listText(chosen.map(({ metadata }) => metadata.name));
  const reason = isHidden ? 'unreadable' : 'all_chosen';
  return [finding('fail', 'service', refTo(service), { reason, service: input.service, detail })];
}

function checkPorts({ service, input, ports }: PlanFacts): Check[] {
  const object = refTo(service);
  const all = service.spec.ports ?? [];
  const wanted = input.ports ?? ports;
  const missing = wanted.filter((port) => !all.some((candidate) => candidate.port === port));
  const notHttp = all.filter((port) => wanted.includes(port.port) && portProtocol(port) === 'other');
  const names = { service: input.service };
  const noneAtAll = mirrorablePorts(service).length === 0 && notHttp.length === 0;
  return [
    ...orPass(
      missing.map((port) => finding('fail', 'port_exists', object, { ...names, port })),
      'port_exists',
      object,
      { ...names, ports: listText(ports.map(String)) },
    ),
    ...orPass(
      [
        ...notHttp.map(({ port, name = '' }) => finding('fail', 'http_port', object, { ...names, port, name })),
        ...(noneAtAll ? [finding('fail', 'http_port', object, { ...names, port: 0, name: '' })] : []),
      ],
      'http_port',
      object,
      { ...names, ports: listText(ports.map(String)) },
    ),
  ];
}

function checkPrimarySidecars(facts: PlanFacts): Check[] {
  const { live, snapshot, input } = facts;
  if (!canRead(facts, 'Pod')) {
    return [finding('unknown', 'sidecar_primary', null, { kind: 'Pod', namespace: input.namespace })];
  }
  return live.map((deployment) => {
    const pods = podsWith(
      deployment.spec.selector.matchLabels ?? templateLabels(deployment),
      input.namespace,
      snapshot.pods,
    );
    const without = pods.filter((pod) => !hasSidecar(pod)).length;
    const params = { workload: deployment.metadata.name, pods: pods.length, without };
    const severity = without === 0 ? 'pass' : without === pods.length ? 'fail' : 'warn';
    return finding(severity, 'sidecar_primary', refTo(deployment), params);
  });
}

function checkPrimaryVersion({ live, input }: PlanFacts): Check[] {
  return live.map((deployment) => {
    const found = versionOf(templateLabels(deployment));
    const names = { service: input.service, workload: deployment.metadata.name };
    if (!found) return finding('fail', 'version_primary', refTo(deployment), names);
    const severity = found.label === versionLabel ? 'pass' : 'warn';
    return finding(severity, 'version_primary', refTo(deployment), { ...names, ...found });
  });
}

function checkNewVersion(facts: PlanFacts): Check[] {
  const {
    wish: { target },
    live,
    service,
    snapshot,
    existing,
  } = facts;
  if (!isVersionTarget(target)) return [];
  if ('existing' in target) return existing ? [checkExistingVersion(facts, existing)] : [];
  const { version } = target;
  const problem = versionProblem(version);
  if (problem) return [finding('fail', 'version_new', null, { reason: 'invalid', version, workload: '' })];
  const behind = snapshot.deployments.filter((deployment) => isBehind(service, deployment));
  const same = [...live, ...behind].find((deployment) => versionText(deployment) === version);
  const workload = same?.metadata.name ?? '';
  return same
    ? [finding('fail', 'version_new', refTo(same), { reason: 'taken', version, workload })]
    : [finding('pass', 'version_new', null, { version })];
}

/** A subset of the Service tells the mirror's pods by their version, or by the selector of their workload. */
function checkExistingVersion(facts: PlanFacts, existing: Deployment): Check {
  const { wish, service } = facts;
  const version = versionText(existing);
  const workload = existing.metadata.name;
  const isSubset = isBehind(service, existing) && wish.placement !== 'dedicated';
  const object = refTo(existing);
  if (version === '' && isBehind(service, existing))
    return finding('fail', 'version_new', object, { reason: 'unlabelled', version, workload });
  const mirror = { labels: templateLabels(existing), version, existing };
  const [other] = isSubset ? selectedBeside(facts, existing, mirrorSubsetLabels(facts, mirror)) : [];
  return other
    ? finding('fail', 'version_new', object, { reason: 'shared', version, workload, other: other.metadata.name })
    : finding('pass', 'version_new', object, { version });
}

function checkContainers({ wish: { target }, source }: PlanFacts): Check[] {
  if (!isVersionTarget(target) || 'existing' in target || !source) return [];
  const workload = source.metadata.name;
  const found = unknownContainers(source, target.containers).map((container) =>
    finding('fail', 'containers', refTo(source), { container, workload }),
  );
  return orPass(found, 'containers', refTo(source), { workload });
}

function checkNames({ input, wish, ownName, snapshot, existing }: PlanFacts): Check[] {
  const { namespace } = input;
  const { target } = wish;
  if (!isVersionTarget(target)) return [];
  if ('existing' in target) {
    const name = target.existing;
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
    const found = existing
      ? []
      : [finding('fail', 'workload_exists', object, { reason: 'missing', kind: 'Deployment', name })];
    return orPass(found, 'workload_exists', object, { name });
  }
  const workload = deploymentNameFor(input.service, target.version);
  const shared = [input.name, ownName].map((name) => mirrorAppLabel(input.service, name));
  const taken = [
    ...snapshot.deployments.filter(({ metadata }) => metadata.name === workload),
    ...snapshot.services.filter(({ metadata }) => shared.includes(metadata.name)),
    ...snapshot.virtualServices.filter(({ metadata }) => shared.includes(metadata.name)),
    ...snapshot.destinationRules.filter(({ metadata }) => shared.includes(metadata.name)),
  ].filter(({ metadata }) => metadata.namespace === namespace);
  const sameName = wishesOf(input).filter(({ target: other }) => newWorkload(input, other) === workload).length > 1;
  const own = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: workload } };
  const found = [...taken, ...(sameName ? [own] : [])].map((object) =>
    finding('fail', 'workload_exists', refTo(object), {
      reason: 'taken',
      kind: object.kind,
      name: object.metadata.name,
    }),
  );
  return orPass(found, 'workload_exists', null, { name: workload });
}

/** Name of the Deployment that a target makes; null where it makes none. */
function newWorkload({ service }: PlanningInput, target: TargetInput): string | null {
  return 'version' in target ? deploymentNameFor(service, target.version) : null;
}

function checkPermissions(snapshot: PlanningSnapshot, spec: TaskSpec | null, namespace: string): Check[] {
  const needed = permissionsNeeded('create', spec ?? namespace);
  const answers = new Map(snapshot.permissions.map((answer) => [permissionText(answer), answer.allowed]));
  const missing = needed.filter((item) => answers.get(permissionText(item)) === false).map(permissionText);
  const unknown = needed.filter((item) => !answers.has(permissionText(item))).map(permissionText);
  const found = [
    ...(missing.length > 0
      ? [finding('fail', 'permissions', null, { namespace, permissions: listText(missing, 8) })]
      : []),
    ...(unknown.length > 0
      ? [finding('unknown', 'permissions', null, { namespace, permissions: listText(unknown, 8) })]
      : []),
  ];
  return orPass(found, 'permissions', null, { namespace, count: needed.length });
}

/** Tools that own what the task would edit. */
export function checkOwners(spec: TaskSpec, { snapshot, source }: PlanFacts): Check[] {
  const { chosen, owners } = deliveryOf(spec, snapshot);
  const found = owners
    // What its owner puts there himself stays.
    .filter(({ hasManifest }) => chosen === 'write' || !hasManifest)
    .map(({ object, tool }) => finding('warn', 'owner_tool', object, { kind: object.kind, name: object.name, tool }));
  const [first] = owners;
  const params = { delivery: first ? chosen : 'none', name: first?.object.name ?? '', tool: first?.tool ?? '' };
  return orPass([...found, ...checkRollout(source)], 'owner_tool', first?.object ?? null, params);
}

/** A workload that a delivery tool steers is scaled and replaced by it: its copy may stand beside nothing. */
function checkRollout(source: Deployment | null): Check[] {
  const tool = source && ownerTool(source);
  const steers = tool === 'Flagger' || tool === 'Argo Rollouts';
  return source && steers
    ? [finding('warn', 'owner_tool', refTo(source), { kind: source.kind, name: source.metadata.name, tool })]
    : [];
}
