import type { ReactNode, Ref } from 'react';

/** Content that scrolls inside its card: a named region that the keyboard can reach. Give it a height or a width. */
export function ScrollRegion({
  label,
  className,
  ref,
  onScroll,
  children,
}: {
  label: string;
  className: string;
  ref?: Ref<HTMLElement>;
  onScroll?: () => void;
  children: ReactNode;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
    <section ref={ref} aria-label={label} tabIndex={0} className={className} onScroll={onScroll}>
      {children}
    </section>
  );
}
