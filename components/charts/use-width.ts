import { startTransition, useCallback, useState } from 'react';

/**
 * Width of an element in px, measured again when it changes; 0 before the first measurement. The browser tells it with
 * the layout of the frame: asking for it at once would make a second layout, and what is drawn at that width waits for
 * whatever answers the user.
 */
export function useWidth(): [number, (element: HTMLElement | null) => (() => void) | undefined] {
  const [width, setWidth] = useState(0);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) startTransition(() => setWidth(Math.floor(entry.contentRect.width)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, ref];
}
