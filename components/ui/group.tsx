import { useId, type ReactNode } from 'react';

/** A part of a step: heading, what it is about, its controls. */
export function Group({
  title,
  lead,
  end,
  children,
}: {
  title: ReactNode;
  lead?: ReactNode;
  end?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className="mb-0.5 flex flex-wrap items-center gap-2">
        <h3 id={id} className="flex items-center gap-2 text-base font-semibold">
          {title}
        </h3>
        {end && <div className="ml-auto flex flex-wrap items-center gap-2">{end}</div>}
      </div>
      {lead && <p className="text-xs text-ink-3">{lead}</p>}
      <div className="mt-3">{children}</div>
    </section>
  );
}
