'use client';
import { useSyncExternalStore } from 'react';

const changed = new EventTarget();

/**
 * The `step` of the address, and the ways to change it. Read from the address itself: Next's own useSearchParams
 * follows history in a transition, which a busy page can drop, and then Next or Back would do nothing.
 */
export function useStepAddress(): string | null {
  return useSyncExternalStore(subscribe, readStep, () => null);
}

/** The service that a link chose (`?service=`); null when none did. */
export function serviceFromAddress(): string | null {
  return new URLSearchParams(window.location.search).get('service');
}

/** A new entry of the history: Back leads to the step before. */
export function pushStep(step: string): void {
  window.history.pushState(null, '', addressOf(step));
  changed.dispatchEvent(new Event('change'));
}

/** The step that is shown, where the address asked for one that may not be. */
export function replaceStep(step: string): void {
  window.history.replaceState(null, '', addressOf(step));
  changed.dispatchEvent(new Event('change'));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  changed.addEventListener('change', listener);
  return () => {
    window.removeEventListener('popstate', listener);
    changed.removeEventListener('change', listener);
  };
}

function readStep(): string | null {
  return new URLSearchParams(window.location.search).get('step');
}

function addressOf(step: string): string {
  const params = new URLSearchParams(window.location.search);
  params.set('step', step);
  // A link from a service chose it when the wizard opened; from then on the form has it.
  params.delete('service');
  return `${window.location.pathname}?${params}`;
}
