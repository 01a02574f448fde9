import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';

/** A white surface; one subject each. Give it an accessible name when it is a region of the page. */
export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return <section {...rest} className={cx('card', className)} />;
}

/** Title row of a card: title, what it says about itself, actions at the right end. */
export function CardHeader({
  title,
  lead,
  actions,
  id,
  level = 2,
}: {
  title: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  id?: string;
  level?: 2 | 3;
}) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <header className="card-header">
      <Heading id={id} className="text-base font-semibold">
        {title}
      </Heading>
      {lead && <p className="min-w-0 text-xs text-ink-3">{lead}</p>}
      {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

export function CardBody({ className, ...rest }: ComponentProps<'div'>) {
  return <div {...rest} className={cx('p-4', className)} />;
}

/** Head of a page: icon, title, what it is for, actions; then facts and tabs. */
export function Banner({
  icon,
  title,
  badge,
  lead,
  actions,
  facts,
  tabs,
}: {
  icon: ReactNode;
  title: ReactNode;
  badge?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  facts?: ReactNode;
  tabs?: ReactNode;
}) {
  return (
    <section className="card">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3 p-5">
        <span className="grid size-13 flex-none place-items-center rounded-leaf bg-surface-3">{icon}</span>
        <div className="min-w-0 flex-1 basis-75 max-sm:basis-full">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="min-w-0 text-xl font-semibold [overflow-wrap:anywhere]">{title}</h1>
            {badge}
          </div>
          {lead && <p className="text-ink-2">{lead}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-3">{actions}</div>}
      </div>
      {facts && <div className="px-5 pb-5">{facts}</div>}
      {tabs}
    </section>
  );
}

export interface Fact {
  label: ReactNode;
  value: ReactNode;
}

/** Label and value pairs: in a row that wraps, or stacked as two columns. */
export function Facts({ items, stacked = false }: { items: Fact[]; stacked?: boolean }) {
  return (
    <dl
      className={
        stacked
          ? 'grid grid-cols-[minmax(72px,auto)_1fr] gap-x-3 gap-y-2 text-xs'
          : 'flex flex-wrap gap-x-8 gap-y-3 border-t border-line pt-4'
      }
    >
      {items.map((item, index) =>
        stacked ? (
          // Pairs have no identity of their own; they never reorder.
          <div key={index} className="contents">
            <dt className="text-ink-3">{item.label}</dt>
            <dd className="min-w-0 font-medium [overflow-wrap:anywhere]">{item.value}</dd>
          </div>
        ) : (
          <div key={index} className="min-w-0">
            <dt className="text-xs text-ink-3">{item.label}</dt>
            <dd className="font-semibold [overflow-wrap:anywhere]">{item.value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
