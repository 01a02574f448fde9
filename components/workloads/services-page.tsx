'use client';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, Network, Plus, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { ButtonLink } from '@/components/ui/button';
import { Banner } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { Name } from '@/components/ui/name';
import { Table, type Column } from '@/components/ui/table';
import type { ServiceInfo } from '@/lib/contract/inventory';
import { meOptions, servicesOptions } from '@/lib/client/inventory';
import { useNamespace } from '@/lib/client/namespace';
import { useMessageText } from '@/lib/client/use-error-text';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { routes } from '@/lib/routes';
import { Replicas } from './deployments-page';
import { InventoryCard } from './inventory-card';
import { usePageSearch } from './use-page-search';

/** Workloads → Services: which can be mirrored, and why the others cannot. */
export function ServicesPage() {
  const t = useTranslations('workloads');
  const namespace = useNamespace();
  const { q, setQ, matches } = usePageSearch();
  const query = useQuery({ ...servicesOptions(namespace ?? ''), enabled: namespace !== null });
  const items = query.data?.items.filter((item) => matches(item.name, item.app, ...item.versions, ...item.tasks));
  return (
    <>
      <Banner
        icon={<Network size={26} strokeWidth={1.4} aria-hidden className="text-ink-2" />}
        title={t('services')}
        lead={t('servicesLead')}
      />
      <InventoryCard
        title={t('services')}
        searchLabel={t('searchServices')}
        q={q}
        onSearch={setQ}
        query={query}
        items={items}
        emptyTitle={t('noServices')}
        emptyLead={t('noServicesLead')}
      >
        {(rows) => <ServiceTable namespace={namespace ?? ''} rows={rows} />}
      </InventoryCard>
    </>
  );
}

function ServiceTable({ namespace, rows }: { namespace: string; rows: readonly ServiceInfo[] }) {
  const t = useTranslations('workloads');
  const format = useFormat();
  const columns: Column<ServiceInfo>[] = [
    {
      key: 'name',
      header: t('name'),
      renderCell: (row) => (
        <>
          <b>
            <Name>{row.name}</Name>
          </b>
          <div className="text-xs text-ink-3">{row.app ?? t('noApp')}</div>
        </>
      ),
    },
    { key: 'ports', header: t('ports'), renderCell: (row) => <Ports row={row} /> },
    { key: 'versions', header: t('versions'), renderCell: (row) => <Versions names={row.versions} /> },
    { key: 'workloads', header: t('workloads'), renderCell: (row) => <Workloads namespace={namespace} row={row} /> },
    {
      key: 'rate',
      header: t('rate'),
      numeric: true,
      renderCell: (row) => (row.requestsPerSecond === null ? dash : `${format.rate(row.requestsPerSecond)} rps`),
    },
    { key: 'eligible', header: t('eligible'), className: 'max-w-80', renderCell: (row) => <Eligible row={row} /> },
    { key: 'action', header: t('mirroring'), renderCell: (row) => <Mirroring namespace={namespace} row={row} /> },
  ];
  return <Table caption={t('services')} columns={columns} rows={rows} rowKey={(row) => row.name} />;
}

function Ports({ row }: { row: ServiceInfo }) {
  const t = useTranslations('workloads');
  if (row.ports.length === 0) return dash;
  return (
    <ul>
      {row.ports.map((port) => (
        <li key={`${port.port} ${port.name}`} className="whitespace-nowrap">
          {port.port} <span className="text-xs text-ink-3">{t(`protocol.${port.protocol}`)}</span>
        </li>
      ))}
    </ul>
  );
}

function Versions({ names }: { names: readonly string[] }) {
  if (names.length === 0) return dash;
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          <Name>{name}</Name>
        </li>
      ))}
    </ul>
  );
}

function Workloads({ namespace, row }: { namespace: string; row: ServiceInfo }) {
  if (row.workloads.length === 0) return dash;
  return (
    <ul>
      {row.workloads.map((workload) => (
        <li key={`${workload.kind} ${workload.name}`} className="flex flex-wrap items-center gap-x-2">
          {workload.kind === 'Deployment' ? (
            <Link href={routes.deployments(namespace, { q: workload.name })}>
              <Name>{workload.name}</Name>
            </Link>
          ) : (
            <span>
              {workload.kind} <Name>{workload.name}</Name>
            </span>
          )}
          <Replicas {...workload} />
        </li>
      ))}
    </ul>
  );
}

function Eligible({ row }: { row: ServiceInfo }) {
  const t = useTranslations('workloads');
  const text = useMessageText();
  if (row.eligible) {
    return (
      <Badge tone="ok" icon={<CircleCheck aria-hidden />}>
        {t('canMirror')}
      </Badge>
    );
  }
  return (
    <>
      <Badge tone="warn" icon={<TriangleAlert aria-hidden />}>
        {t('cannotMirror')}
      </Badge>
      <ul className="mt-1 text-xs text-ink-2">
        {row.reasons.map((reason) => (
          <li key={reason.code}>{text('reason', reason)}</li>
        ))}
      </ul>
    </>
  );
}

function Mirroring({ namespace, row }: { namespace: string; row: ServiceInfo }) {
  const t = useTranslations('workloads');
  const { data: me } = useQuery(meOptions(namespace));
  const mayCreate = row.eligible && me?.permissions.create !== false;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {row.tasks.map((task) => (
        <Link key={task} href={routes.task(namespace, task)}>
          <Name>{task}</Name>
        </Link>
      ))}
      {mayCreate && (
        <ButtonLink
          size="small"
          icon={<Plus size={14} aria-hidden />}
          href={routes.newTask(namespace, { service: row.name })}
          aria-label={t('createFor', { service: row.name })}
        >
          {t('create')}
        </ButtonLink>
      )}
      {!mayCreate && row.tasks.length === 0 && dash}
    </div>
  );
}
