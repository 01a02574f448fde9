import type { KubeObject, Service } from './kubernetes.ts';
import type { HttpRouteObject, IngressObject, PlanningSnapshot } from './planning-snapshot.ts';

/**
 * Objects of other APIs than Istio's that lead requests to a Service: Gateway API routes with it as a backend or as the
 * parent, Ingresses with it as a backend. They know no subset: their requests reach every pod that it selects.
 */
export function entrancesTo(
  { metadata }: Service,
  { httpRoutes, ingresses }: Pick<PlanningSnapshot, 'httpRoutes' | 'ingresses'>,
): KubeObject[] {
  const { name, namespace = '' } = metadata;
  const ofIngresses = ingresses.filter((object) => object.metadata.namespace === namespace && hasBackend(object, name));
  return [...httpRoutes.filter((route) => leadsToService(route, name, namespace)), ...ofIngresses];
}

/** Gateway API routes that stand for the Service in the mesh: Istio supports them beside a VirtualService for no host. */
export function meshRoutesOf({ metadata }: Service, httpRoutes: readonly HttpRouteObject[]): HttpRouteObject[] {
  const { name, namespace = '' } = metadata;
  return httpRoutes.filter((route) =>
    route.spec?.parentRefs?.some((parent) => parent.kind === 'Service' && isNamed(parent, route, name, namespace)),
  );
}

function leadsToService(route: HttpRouteObject, name: string, namespace: string): boolean {
  const backends = (route.spec?.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
  const parents = (route.spec?.parentRefs ?? []).filter(({ kind }) => kind === 'Service');
  return [...backends.filter(({ kind = 'Service' }) => kind === 'Service'), ...parents].some((reference) =>
    isNamed(reference, route, name, namespace),
  );
}

function isNamed(
  reference: { name: string; namespace?: string },
  { metadata }: KubeObject,
  name: string,
  namespace: string,
): boolean {
  return reference.name === name && (reference.namespace ?? metadata.namespace) === namespace;
}

function hasBackend({ spec }: IngressObject, name: string): boolean {
  const paths = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
  return [spec?.defaultBackend, ...paths.map(({ backend }) => backend)].some(
    (backend) => backend?.service?.name === name,
  );
}
