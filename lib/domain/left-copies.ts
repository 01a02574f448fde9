import type { Service, VirtualService } from './kubernetes.ts';
import { fqdn, mirrorAppLabel, serviceHost } from './names.ts';
import { makerOf } from './ownership.ts';
import { mirrorPoliciesOf } from './route-mirror.ts';
import { isClone } from './virtual-service-edit.ts';

/** Namespace of a Kubernetes Service's host; null for any other host. */
function namespaceOf(host: string): string | null {
  const [name, namespace, svc] = host.split('.');
  return name && namespace && svc === 'svc' ? namespace : null;
}

/** Namespaces of the Services that an object mirrors to. */
export function mirroredNamespaces(object: VirtualService): string[] {
  return [...new Set(mirrorHosts(object).flatMap(({ host }) => namespaceOf(host) ?? []))];
}

/**
 * True for an object in which copies of some task stand, also where its owner wrote them and no label or managed field
 * tells: a route of a clone's name, or a mirror to a Service that a task made, or that is gone and was called as tasks
 * call theirs. `services`: of the namespaces that could be read.
 */
export function holdsCopies(object: VirtualService, services: ReadonlyMap<string, readonly Service[]>): boolean {
  if (object.spec.http?.some(isClone)) return true;
  return mirrorHosts(object).some(({ host, beside }) => {
    const there = services.get(namespaceOf(host) ?? '');
    if (!there) return false;
    const named = there.find(({ metadata }) => serviceHost(metadata.name, metadata.namespace ?? '') === host);
    if (named) return makerOf(named) !== null;
    // With its record the task's own Service is collected as garbage.
    const [name = ''] = host.split('.');
    return beside.some((live) => name.startsWith(mirrorAppLabel(live.split('.', 1).join(''), '')));
  });
}

/** Hosts that an object mirrors to, each with the live ones of its route. */
function mirrorHosts({ metadata, spec }: VirtualService): { host: string; beside: string[] }[] {
  const whole = (host: string) => fqdn(host, metadata.namespace ?? '');
  return (spec.http ?? []).flatMap((route) => {
    const beside = (route.route ?? []).map(({ destination }) => whole(destination.host));
    return mirrorPoliciesOf(route).map(({ destination }) => ({ host: whole(destination.host), beside }));
  });
}
