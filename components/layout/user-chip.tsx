'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { meOptions } from '@/lib/client/inventory';
import { useNamespace } from '@/lib/client/namespace';

/** Whose rights the page acts with, and what they allow in this project. */
export function UserChip() {
  const t = useTranslations('shell');
  const namespace = useNamespace();
  const { data } = useQuery({ ...meOptions(namespace), enabled: namespace !== null });
  if (!data) return null;
  const { view, create } = data.permissions;
  const role = create ? t('roleOperator') : view ? t('roleViewer') : t('roleNone');
  return (
    <span className="flex min-w-0 items-center gap-2" title={`${data.user} · ${role}`}>
      <span
        aria-hidden
        className="grid size-7 flex-none place-items-center rounded-full bg-block text-xs font-semibold text-on-block"
      >
        {initials(data.user)}
      </span>
      <span className="min-w-0 max-xl:sr-only">
        <b className="block max-w-40 truncate leading-tight">{data.user}</b>
        <span className="block text-xs leading-tight text-ink-3">{role}</span>
      </span>
    </span>
  );
}

function initials(user: string): string {
  const parts = user.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return ((parts[0]?.[0] ?? '?') + (parts[1]?.[0] ?? '')).toUpperCase();
}
