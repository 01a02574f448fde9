import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from './link';

export interface Crumb {
  label: ReactNode;
  href?: string;
}

/** Where the page stands; the last one is the page itself. */
export function Breadcrumbs({ label, items }: { label: string; items: Crumb[] }) {
  return (
    <nav aria-label={label}>
      <ol className="flex flex-wrap items-center gap-1.5 text-xs text-ink-3">
        {items.map((item, index) => (
          // Crumbs are a path: their position is their identity.
          <li key={index} className="flex min-w-0 items-center gap-1.5">
            {index > 0 && <ChevronRight size={12} aria-hidden className="flex-none" />}
            {item.href ? (
              <Link href={item.href}>{item.label}</Link>
            ) : (
              <span aria-current="page" className="[overflow-wrap:anywhere]">
                {item.label}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** First stop of the keyboard: past header and navigation. */
export function SkipLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      className="absolute top-2 left-2 z-50 rounded-full bg-block px-4 py-2 text-xs font-semibold text-on-block not-focus:sr-only"
    >
      {children}
    </a>
  );
}
