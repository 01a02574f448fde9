'use client';
import { createContext, lazy, Suspense, use, useCallback, useState, type ReactNode } from 'react';
import type { Tone } from './tone';

const ToastHost = lazy(async () => ({ default: (await import('./toast-host')).ToastHost }));

export interface Notice {
  tone: Tone;
  title: ReactNode;
  description?: ReactNode;
}

type AddNotice = (tone: Tone, title: ReactNode, description?: ReactNode) => void;

const AddNotice = createContext<AddNotice>(() => undefined);

/** Wraps the app once; `useToast` adds notices anywhere below. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const add = useCallback<AddNotice>((tone, title, description) => {
    setNotices((before) => [...before, { tone, title, description }]);
  }, []);
  return (
    <AddNotice value={add}>
      {children}
      {notices.length > 0 && (
        <Suspense>
          <ToastHost notices={notices} />
        </Suspense>
      )}
    </AddNotice>
  );
}

/** Adds a notice about something that has just happened; never the only place where a state is told. */
export function useToast(): AddNotice {
  return use(AddNotice);
}
