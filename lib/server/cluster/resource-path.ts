import { pathSegment } from './api-client';
import { ClusterError } from './cluster-error';
import { kinds, type Kind } from './kinds';

const apiVersionPattern = /^([a-z0-9.-]+\/)?v\d[a-z0-9]*$/;

/** URL path of a collection, or with `name` of one object of it. `apiVersion` is `v1` or `group/version`. */
export function resourcePath(kind: Kind, apiVersion: string, namespace: string | null, name?: string): string {
  if (!apiVersionPattern.test(apiVersion)) throw new ClusterError('invalid', `invalid apiVersion "${apiVersion}"`);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = kinds[kind].namespaced && namespace !== null ? `/namespaces/${pathSegment(namespace)}` : '';
  return `${root}${scope}/${kinds[kind].plural}${name === undefined ? '' : `/${pathSegment(name)}`}`;
}
