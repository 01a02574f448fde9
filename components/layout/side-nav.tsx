'use client';
import { useQuery } from '@tanstack/react-query';
import { Activity, Boxes, Network, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { MirrorIcon } from '@/components/ui/icons';
import { Link } from '@/components/ui/link';
import { useNamespace } from '@/lib/client/namespace';
import { taskCountsOptions } from '@/lib/client/tasks';
import { routes } from '@/lib/routes';

/** The pages; the project in view goes along. Below 1041 px a row under the header. */
export function SideNav() {
  const t = useTranslations('shell');
  const namespace = useNamespace();
  const path = usePathname();
  const icon = { size: 16, strokeWidth: 1.6, 'aria-hidden': true } as const;
  const isList = path.startsWith(routes.tasks()) && path !== routes.newTask();
  return (
    <nav
      aria-label={t('navigation')}
      className="flex gap-4 overflow-x-auto px-5 pt-2 lg:block lg:w-(--w-nav) lg:flex-none lg:overflow-visible lg:py-5 lg:pr-0 max-xl:lg:w-50"
    >
      <Group title={t('navMirroring')}>
        <Entry href={routes.tasks(namespace)} current={isList} icon={<MirrorIcon />}>
          {t('navTasks')}
          <AttentionCount namespace={namespace} />
        </Entry>
        <Entry href={routes.newTask(namespace)} current={path === routes.newTask()} icon={<Plus {...icon} />}>
          {t('navNewTask')}
        </Entry>
      </Group>
      <Group title={t('navWorkloads')}>
        <Entry href={routes.deployments(namespace)} current={path === routes.deployments()} icon={<Boxes {...icon} />}>
          {t('navDeployments')}
        </Entry>
        <Entry href={routes.services(namespace)} current={path === routes.services()} icon={<Network {...icon} />}>
          {t('navServices')}
        </Entry>
        <Entry href={routes.activity(namespace)} current={path === routes.activity()} icon={<Activity {...icon} />}>
          {t('navActivity')}
        </Entry>
      </Group>
    </nav>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h2 className="mb-1 px-3 text-xs font-semibold text-ink-3 max-lg:sr-only">{title}</h2>
      <ul className="flex gap-1 lg:mb-5 lg:block">{children}</ul>
    </div>
  );
}

function Entry({
  href,
  current,
  icon,
  children,
}: {
  href: string;
  current: boolean;
  icon: ReactNode;
  children: ReactNode;
}) {
  return (
    <li>
      <Link
        href={href}
        aria-current={current ? 'page' : undefined}
        className="flex min-h-9 items-center gap-2.5 rounded-sm px-3 font-medium whitespace-nowrap text-ink-2 hover:bg-surface hover:text-ink hover:no-underline aria-[current]:bg-surface aria-[current]:font-semibold aria-[current]:text-brand not-focus-visible:aria-[current]:shadow-card"
      >
        {icon}
        {children}
      </Link>
    </li>
  );
}

function AttentionCount({ namespace }: { namespace: string | null }) {
  const t = useTranslations('shell');
  const { data } = useQuery({ ...taskCountsOptions(namespace ?? ''), enabled: namespace !== null });
  const count = data?.['attention'] ?? 0;
  if (count === 0) return null;
  return (
    <span
      className="ml-auto rounded-full bg-warn-soft px-2 text-2xs font-semibold text-warn-ink"
      title={t('attention', { count })}
    >
      <span aria-hidden>{count}</span>
      <span className="sr-only">{t('attention', { count })}</span>
    </span>
  );
}
