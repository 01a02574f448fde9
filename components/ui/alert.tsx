import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import type { Tone } from './tone';

const icons = { ok: CircleCheck, warn: TriangleAlert, bad: CircleX, info: Info, idle: Info } as const;

/**
 * What happened, to which object, what to do, in that order; `title` alone makes sense.
 * `live`: announced when it appears (failures at once, the rest politely).
 */
export function Alert({
  tone = 'info',
  title,
  children,
  actions,
  icon,
  live = false,
  className,
}: {
  tone?: Tone;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  icon?: ReactNode;
  live?: boolean;
  className?: string;
}) {
  const Icon = icons[tone];
  return (
    <div
      className={cx('alert', `tone-${tone}`, className)}
      role={live ? (tone === 'bad' ? 'alert' : 'status') : undefined}
    >
      {icon ?? <Icon size={16} strokeWidth={1.7} aria-hidden />}
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
          {title && <b>{title}</b>} {children}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
