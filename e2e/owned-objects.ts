import type { Kube } from './kube.ts';

interface Item {
  metadata: {
    name: string;
    labels?: object;
    annotations?: object;
    managedFields?: { manager?: string; subresource?: string }[];
  };
  spec: object;
}

/**
 * What people wrote of each object of the kinds that a task makes or changes, by kind and name, with who wrote it: as
 * before, once a task has gone.
 */
export async function ownedObjects(kube: Kube, namespace: string): Promise<Record<string, object>> {
  const folders = [
    ...['virtualservices', 'destinationrules', 'serviceentries', 'envoyfilters'].map((plural) => [networking, plural]),
    ['security.istio.io/v1', 'authorizationpolicies'],
    ['apps/v1', 'deployments'],
  ].map(([group, plural]) => `/apis/${group}/namespaces/${namespace}/${plural}`);
  folders.push(`/api/v1/namespaces/${namespace}/services`);
  const lists = await Promise.all(folders.map(async (folder) => (await kube.get(folder)).items as Item[]));
  return Object.fromEntries(lists.flatMap((items, index) => items.map((item) => writtenIn(folders[index]!, item))));
}

const networking = 'networking.istio.io/v1alpha3';

function writtenIn(folder: string, { metadata, spec }: Item): [string, object] {
  const { name, labels = {}, annotations = {}, managedFields = [] } = metadata;
  const managers = managedFields.filter(({ subresource }) => !subresource).map(({ manager = '' }) => manager);
  return [`${folder.split('/').at(-1)} ${name}`, { labels, annotations, managers: managers.toSorted(), spec }];
}
