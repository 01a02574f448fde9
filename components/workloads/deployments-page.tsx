'use client';
import { useQuery } from '@tanstack/react-query';
import { Boxes } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Banner } from '@/components/ui/card';
import { Code, Dot } from '@/components/ui/feedback';
import { Link } from '@/components/ui/link';
import { Name } from '@/components/ui/name';
import { Table, type Column } from '@/components/ui/table';
import { useNow } from '@/components/ui/time-ago';
import type { DeploymentInfo } from '@/lib/contract/inventory';
import { deploymentsOptions } from '@/lib/client/inventory';
import { useNamespace } from '@/lib/client/namespace';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { routes } from '@/lib/routes';
import { InventoryCard } from './inventory-card';
import { usePageSearch } from './use-page-search';

/** Workloads → Deployments: what runs in the project, and which of it a task made or mirrors to. */
export function DeploymentsPage() {
  const t = useTranslations('workloads');
  const namespace = useNamespace();
  const { q, setQ, matches } = usePageSearch();
  const query = useQuery({ ...deploymentsOptions(namespace ?? ''), enabled: namespace !== null });
  const items = query.data?.items.filter((item) =>
    matches(item.name, item.version, item.task, ...item.services, ...item.containers.map((c) => c.image)),
  );
  return (
    <>
      <Banner
        icon={<Boxes size={26} strokeWidth={1.4} aria-hidden className="text-ink-2" />}
        title={t('deployments')}
        lead={t('deploymentsLead')}
      />
      <InventoryCard
        title={t('deployments')}
        searchLabel={t('searchDeployments')}
        q={q}
        onSearch={setQ}
        query={query}
        items={items}
        emptyTitle={t('noDeployments')}
        emptyLead={t('noDeploymentsLead')}
      >
        {(rows) => <DeploymentTable rows={rows} />}
      </InventoryCard>
    </>
  );
}

function DeploymentTable({ rows }: { rows: readonly DeploymentInfo[] }) {
  const t = useTranslations('workloads');
  const format = useFormat();
  const now = useNow(10_000);
  const columns: Column<DeploymentInfo>[] = [
    {
      key: 'name',
      header: t('name'),
      renderCell: (row) => (
        <b>
          <Name>{row.name}</Name>
        </b>
      ),
    },
    { key: 'service', header: t('service'), renderCell: (row) => <ServiceNames row={row} /> },
    {
      key: 'version',
      header: t('version'),
      renderCell: (row) => (row.version === null ? dash : <Name>{row.version}</Name>),
    },
    { key: 'replicas', header: t('replicas'), renderCell: (row) => <Replicas {...row.replicas} /> },
    { key: 'images', header: t('images'), className: 'max-w-90', renderCell: (row) => <Images row={row} /> },
    {
      key: 'task',
      header: t('task'),
      renderCell: (row) =>
        row.task ? (
          <Link href={routes.task(row.namespace, row.task)}>
            <Name>{row.task}</Name>
          </Link>
        ) : (
          dash
        ),
    },
    {
      key: 'age',
      header: t('age'),
      className: 'whitespace-nowrap',
      renderCell: (row) => (
        <time dateTime={row.createdAt} title={now === null ? undefined : format.moment(row.createdAt)}>
          {now === null ? '' : format.duration(now - Date.parse(row.createdAt))}
        </time>
      ),
    },
  ];
  return <Table caption={t('deployments')} columns={columns} rows={rows} rowKey={(row) => row.name} />;
}

function ServiceNames({ row }: { row: DeploymentInfo }) {
  if (row.services.length === 0) return dash;
  return row.services.map((service) => (
    <Link key={service} href={routes.services(row.namespace, { q: service })} className="block">
      <Name>{service}</Name>
    </Link>
  ));
}

/** Ready of desired, with a mark and a word when they are not all there. */
export function Replicas({ ready, desired }: { ready: number; desired: number }) {
  const t = useTranslations('workloads');
  const missing = ready < desired;
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Dot tone={desired === 0 ? 'idle' : missing ? 'warn' : 'ok'} />
      {ready} / {desired}
      {desired === 0 && <span className="text-xs text-ink-3">{t('scaledToZero')}</span>}
      {missing && <Badge tone="warn">{t('notReady', { count: desired - ready })}</Badge>}
    </span>
  );
}

function Images({ row }: { row: DeploymentInfo }) {
  const t = useTranslations('workloads');
  return (
    <ul className="space-y-0.5">
      {row.containers.map((container) => (
        <li key={`${container.init} ${container.name}`} className="text-xs [overflow-wrap:anywhere]">
          <Code>{container.image}</Code>
          {container.init && <span className="text-ink-3"> ({t('initContainer')})</span>}
        </li>
      ))}
    </ul>
  );
}
