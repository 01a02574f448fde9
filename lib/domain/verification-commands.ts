import type { Container, Deployment, VirtualService } from './kubernetes.ts';
import type { LabelSelector } from './selectors.ts';
import { shellLine } from './shell-line.ts';
import type { TaskSpec } from './task.ts';

/** What a command shows; also the key of its words. */
export type VerificationId =
  | 'routes'
  | 'analyze'
  | 'proxy_routes'
  | 'live_logs'
  | 'live_requests'
  | 'mirror_logs'
  | 'mirror_requests';

export interface VerificationCommand {
  id: VerificationId;
  /** A line for a POSIX shell. */
  command: string;
  /** The object or port that it is about. */
  about: string;
}

/** What stands of a task in the cluster. */
interface LiveObjects {
  virtualServices: readonly VirtualService[];
  /** Live Deployments. */
  primary: readonly Deployment[];
  /** The mirrors' Deployments. */
  deployments: readonly Deployment[];
}

const logLines = 20;
/** kubectl follows five pods unless told otherwise, and refuses to follow more. */
const podsFollowed = 50;

/**
 * Commands by which an operator sees for himself, without this console, that requests are copied: what is configured,
 * what a proxy has of it, what both sides' pods log. They read, and change nothing. What does not stand (the pods of a
 * version that was removed) has no command.
 */
export function verificationCommands(spec: TaskSpec, live: LiveObjects): VerificationCommand[] {
  return [
    ...routes(spec),
    ...proxyRoutes(spec, live),
    ...live.primary.flatMap((deployment) => logs('live', deployment)),
    ...live.deployments.flatMap((deployment) => logs('mirror', deployment)),
  ];
}

function routes({ entries, pins }: TaskSpec): VerificationCommand[] {
  const edited = [...entries, ...pins].map(({ virtualService }) => virtualService);
  const byName = new Map(edited.map((ref) => [`${ref.namespace}/${ref.name}`, ref]));
  const namespaces = new Set([...byName.values()].map(({ namespace }) => namespace));
  return [
    ...[...byName.values()].map(({ namespace, name }): VerificationCommand => {
      const command = shellLine('kubectl', '-n', namespace, 'get', 'virtualservice', name, '-o', 'yaml');
      return { id: 'routes', command, about: `${namespace}/${name}` };
    }),
    ...[...namespaces].map((namespace): VerificationCommand => {
      return { id: 'analyze', command: shellLine('istioctl', 'analyze', '-n', namespace), about: namespace };
    }),
  ];
}

/**
 * Copies are made by the callers' sidecars, and each of those has the whole route: so has the live version's own, which
 * is known by name. A route of gateways alone is in no sidecar.
 */
function proxyRoutes(spec: TaskSpec, { primary, virtualServices }: LiveObjects): VerificationCommand[] {
  const [workload] = primary;
  if (!workload || !spec.entries.some(({ virtualService }) => isForSidecars(virtualService, virtualServices)))
    return [];
  const { name, namespace = spec.namespace } = workload.metadata;
  return spec.service.ports.map((port) => {
    // Envoy's route configuration for what a sidecar sends is named by the port.
    const words = [
      'proxy-config',
      'routes',
      `deployment/${name}`,
      '-n',
      namespace,
      '--name',
      String(port),
      '-o',
      'json',
    ];
    const command = `${shellLine('istioctl', ...words)} | ${shellLine('grep', '-A', '12', 'requestMirrorPolicies')}`;
    return { id: 'proxy_routes', command, about: String(port) };
  });
}

function isForSidecars(ref: { namespace: string; name: string }, virtualServices: readonly VirtualService[]): boolean {
  const found = virtualServices.find(
    ({ metadata }) => metadata.name === ref.name && metadata.namespace === ref.namespace,
  );
  const gateways = found?.spec.gateways ?? [];
  return gateways.length === 0 || gateways.includes('mesh');
}

function logs(side: 'live' | 'mirror', { metadata, spec }: Deployment): VerificationCommand[] {
  const { name, namespace = '' } = metadata;
  const selector = selectorText(spec.selector as LabelSelector);
  const follow = (container: string) => {
    const chosen = ['-n', namespace, 'logs', '-l', selector, '-c', container];
    const options = [`--tail=${logLines}`, '--prefix', '-f', `--max-log-requests=${podsFollowed}`];
    return shellLine('kubectl', ...chosen, ...options);
  };
  const container = applicationContainer(spec.template);
  return [
    ...(container ? [{ id: `${side}_logs` as const, command: follow(container), about: name }] : []),
    { id: `${side}_requests`, command: follow(sidecar), about: name },
  ];
}

const sidecar = 'istio-proxy';

function applicationContainer({ metadata, spec }: Deployment['spec']['template']): string | undefined {
  const wanted = metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  const own = spec.containers.filter(({ name }: Container) => name !== sidecar);
  return (own.find(({ name }) => name === wanted) ?? own[0])?.name;
}

/** A selector as `kubectl -l` reads it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (operator === 'In') return `${key} in (${values.join(',')})`;
      if (operator === 'NotIn') return `${key} notin (${values.join(',')})`;
      return operator === 'DoesNotExist' ? `!${key}` : key;
    }),
  ].join(',');
}
