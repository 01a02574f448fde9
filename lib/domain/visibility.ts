import type { KubeObject } from './kubernetes.ts';

/** A VirtualService, DestinationRule or ServiceEntry: seen by clients of every namespace unless `exportTo` says otherwise. */
export type Exported = Pick<KubeObject, 'metadata'> & { spec: { exportTo?: string[] } };

/** True when clients of every namespace see the object. */
export function isPublic({ spec: { exportTo } }: Exported): boolean {
  return !exportTo?.length || exportTo.includes('*');
}

/** True when clients in the namespace see the object. `.` stands for its own namespace, `~` for none. */
export function isVisibleTo(client: string, object: Exported): boolean {
  return isPublic(object) || namespacesOf(object).includes(client);
}

/** True when every client that sees `object` also sees `other`. */
export function isAtLeastAsVisible(other: Exported, object: Exported): boolean {
  if (isPublic(other)) return true;
  return !isPublic(object) && namespacesOf(object).every((client) => isVisibleTo(client, other));
}

function namespacesOf({ metadata, spec: { exportTo = [] } }: Exported): string[] {
  return exportTo.map((name) => (name === '.' ? (metadata.namespace ?? '') : name));
}
