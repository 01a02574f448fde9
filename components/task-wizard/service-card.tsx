'use client';
import { Check } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { protocolNames } from '@/components/targets/target-choices';
import { Badge, VersionTag } from '@/components/ui/badge';
import { RadioCard } from '@/components/ui/choice';
import { Link } from '@/components/ui/link';
import { useMessageText } from '@/lib/client/use-error-text';
import type { ServiceInfo } from '@/lib/contract/inventory';
import { useFormat } from '@/lib/format/use-format';
import { routes } from '@/lib/routes';
import { liveVersionsOf } from './model/choices';

/** One service as a radio button; one that cannot be chosen says why. */
export function ServiceCard({
  namespace,
  service,
  chosen,
  onChoose,
}: {
  namespace: string;
  service: ServiceInfo;
  chosen: boolean;
  onChoose: (service: string) => void;
}) {
  const t = useTranslations('wizard.service');
  const text = useMessageText();
  const reasons = service.reasons.map((reason) => text('reason', reason));
  return (
    <RadioCard
      name="service"
      value={service.name}
      checked={chosen}
      onChange={onChoose}
      title={service.name}
      end={<Versions service={service} />}
      disabledReason={service.eligible ? undefined : reasons.join(' ')}
      // Cards out of view cost nothing: a namespace may hold hundreds of services.
      className="[contain-intrinsic-size:auto_92px] [content-visibility:auto]"
    >
      <span className="block [overflow-wrap:anywhere]">
        <ServiceFacts service={service} />
      </span>
      {service.eligible && (
        <span className="mt-1 flex items-center gap-1.5 font-medium text-ok-ink">
          <Check size={14} aria-hidden className="flex-none" />
          {t('eligible')}
        </span>
      )}
      {service.tasks.map((task) => (
        <span key={task} className="mt-1 block [overflow-wrap:anywhere]">
          {t('usedBy', { task })}{' '}
          <Link href={routes.task(namespace, task)} className="underline">
            {t('usedByOpen', { task })}
          </Link>
        </span>
      ))}
    </RadioCard>
  );
}

function Versions({ service }: { service: ServiceInfo }) {
  const live = liveVersionsOf(service);
  if (service.versions.length === 0) return <Badge tone="idle">—</Badge>;
  return (
    <span className="flex flex-wrap justify-end gap-1">
      {service.versions.map((version) =>
        service.eligible && live.includes(version) ? (
          <VersionTag key={version} side="live">
            {version}
          </VersionTag>
        ) : (
          <Badge key={version} tone="idle">
            {version}
          </Badge>
        ),
      )}
    </span>
  );
}

function ServiceFacts({ service }: { service: ServiceInfo }) {
  const t = useTranslations('wizard.service');
  const format = useFormat();
  const ports = service.ports.map((port) => `${protocolNames[port.protocol]} ${port.port}`).join(', ');
  const workloads = service.workloads.map((workload) => `${workload.kind} ${workload.name}`).join(', ');
  const rate =
    service.requestsPerSecond === null ? t('noRate') : t('rate', { rate: format.rate(service.requestsPerSecond) });
  return [ports || t('noPort'), workloads || t('noWorkload'), rate].join(' · ');
}
