/** Another page of this browser has taken over what this one did. */
export class TakenOver extends Error {
  constructor() {
    super('Another page has taken over.');
  }
}

/**
 * Does `work` here and in no other page of this browser: the page that asked last has it, the signal of the one before
 * ends, and its promise rejects with TakenOver. A browser opens six connections to a server for all its pages: those
 * that keep a stream each would leave none for anything else. `closing` ends the work when the page needs it no more.
 */
export async function doOnlyHere(
  name: string,
  closing: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // Without locks (an address that is not loopback and not https) every page does its own.
  if (!navigator.locks) return work(closing);
  const taken = new AbortController();
  try {
    await navigator.locks.request(name, { steal: true }, () => work(AbortSignal.any([closing, taken.signal])));
  } catch (error) {
    // The page needs it no more: it may ask for the same again before this has ended.
    if (closing.aborted) return;
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    taken.abort();
    throw new TakenOver();
  }
}
