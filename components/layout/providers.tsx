'use client';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ToastProvider } from '@/components/ui/toast';
import { LiveUpdates } from '@/lib/client/live-updates';
import { NamespaceProvider } from '@/lib/client/namespace';
import { createQueryClient } from '@/lib/client/query-client';

/** What every page stands in. `nonce`: of this page's Content-Security-Policy, for styles that popups need. */
export function Providers({
  nonce,
  namespace,
  children,
}: {
  nonce: string | undefined;
  namespace: string | null;
  children: ReactNode;
}) {
  const [client] = useState(createQueryClient);
  return (
    <CSPProvider {...(nonce && { nonce })}>
      <QueryClientProvider client={client}>
        <NamespaceProvider remembered={namespace}>
          <ToastProvider>
            <LiveUpdates />
            {children}
          </ToastProvider>
        </NamespaceProvider>
      </QueryClientProvider>
    </CSPProvider>
  );
}
