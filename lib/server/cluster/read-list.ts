import type { KubeObject } from '@/lib/domain/kubernetes';
import type { ApiClient } from './api-client';

const pageSize = 500;

interface KubeList {
  apiVersion: string;
  kind: string;
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[];
}

/** Every object of a collection, page by page, and the version that the list stands for. */
export async function readList(
  client: ApiClient,
  path: string,
  labelSelector: string | undefined,
): Promise<{ items: KubeObject[]; resourceVersion: string }> {
  const items: KubeObject[] = [];
  let next: string | undefined;
  let resourceVersion = '';
  do {
    const { body } = await client.json({
      method: 'GET',
      path,
      query: { limit: String(pageSize), continue: next, labelSelector },
    });
    const page = body as KubeList;
    // Items of a list carry neither kind nor apiVersion on a real API server.
    const identity = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, '') };
    for (const item of page.items ?? []) items.push({ ...item, ...identity });
    next = page.metadata?.continue || undefined;
    resourceVersion = page.metadata?.resourceVersion ?? '';
  } while (next);
  return { items, resourceVersion };
}
