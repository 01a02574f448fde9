'use client';
import { useQuery } from '@tanstack/react-query';
import { usePathname, useRouter } from 'next/navigation';
import { createContext, use, type ReactNode } from 'react';
import { rememberPreference } from '@/lib/i18n/preferences';
import { namespacesOptions } from './inventory';
import { useUrlState } from './url-state';

const RememberedNamespace = createContext<string | null>(null);

/** Hands down the namespace that the cookie remembers. */
export function NamespaceProvider({ remembered, children }: { remembered: string | null; children: ReactNode }) {
  return <RememberedNamespace value={remembered}>{children}</RememberedNamespace>;
}

/**
 * The namespace (project) in view: the address says it (`?namespace=`, or a task's own path), else the browser
 * remembers it, else the first one with sidecar injection. Null until that is known.
 */
export function useNamespace(): string | null {
  const remembered = use(RememberedNamespace);
  const inQuery = useUrlState().get('namespace');
  const inPath = /^\/tasks\/([^/]+)\/[^/]+$/.exec(usePathname())?.[1];
  const known = (inPath ? decodeURIComponent(inPath) : null) || inQuery || remembered;
  const { data } = useQuery({ ...namespacesOptions(), enabled: known === null });
  if (known) return known;
  return (data?.items.find((item) => item.injection) ?? data?.items[0])?.name ?? null;
}

/** Chooses a namespace: the page stays, filters and pages of the old one go. From a task's page back to the list. */
export function useChooseNamespace(): (namespace: string) => void {
  const router = useRouter();
  const pathname = usePathname();
  return (namespace) => {
    rememberPreference('namespace', namespace);
    const page = pathname.startsWith('/tasks') ? '/tasks' : pathname;
    router.push(`${page}?${new URLSearchParams({ namespace })}`);
  };
}
