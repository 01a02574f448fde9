'use client';

import { useTranslations } from 'next-intl';
import { Dot } from '@/components/ui/feedback';
import { Name } from '@/components/ui/name';
import { ScrollRegion } from '@/components/ui/scroll-region';
import type { Tone } from '@/components/ui/tone';
import type { TaskPod } from '@/lib/contract/task';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import type * as z from 'zod/mini';

type Pod = z.infer<typeof TaskPod>;

/** Status words that have an explanation of their own in messages. */
const explained = [
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CrashLoopBackOff',
  'OOMKilled',
  'CreateContainerConfigError',
  'Pending',
  'Error',
  'Evicted',
  'Terminating',
] as const;
type Explained = (typeof explained)[number];

/** The pods of one side with the status word that kubectl prints, and what it means when it is not good. */
export function PodsTable({ pods, caption }: { pods: readonly Pod[]; caption: string }) {
  const t = useTranslations('task.pods');
  const format = useFormat();
  if (pods.length === 0) return <p className="text-xs text-ink-3">{t('none')}</p>;
  return (
    <ScrollRegion label={caption} className="overflow-x-auto">
      <table className="w-full border-collapse text-xs [&_td]:border-t [&_td]:border-line [&_td]:py-1.5 [&_td]:pr-2 [&_th]:py-1 [&_th]:pr-2 [&_th]:text-left [&_th]:font-semibold [&_th]:whitespace-nowrap">
        <caption className="sr-only">{caption}</caption>
        <thead className="text-ink-3">
          <tr>
            <th scope="col">{t('pod')}</th>
            <th scope="col">{t('status')}</th>
            <th scope="col" className="!text-right">
              {t('restarts')}
            </th>
            <th scope="col" className="!text-right">
              {t('cpu')}
            </th>
            <th scope="col" className="!text-right">
              {t('memory')}
            </th>
          </tr>
        </thead>
        <tbody>
          {pods.map((pod) => (
            <tr key={pod.name}>
              <td className="pr-3! font-mono">
                <Name whole={40}>{pod.name}</Name>
              </td>
              <td>
                <span className="flex items-center gap-1.5 whitespace-nowrap">
                  <Dot tone={toneOf(pod)} />
                  {pod.ready && pod.status === 'Running' ? t('ready') : pod.status}
                </span>
                {isExplained(pod.status) ? (
                  <span className="block min-w-40 text-ink-2">{t(`why.${pod.status}`)}</span>
                ) : null}
                {pod.status === 'Running' && !pod.ready ? (
                  <span className="block text-ink-2">{t('why.notReady')}</span>
                ) : null}
              </td>
              <td className="text-right">{pod.restarts}</td>
              <td className="text-right whitespace-nowrap">
                {pod.cpuMillicores === null ? dash : `${format.number(pod.cpuMillicores, 0)} m`}
              </td>
              <td className="text-right whitespace-nowrap">
                {pod.memoryMebibytes === null ? dash : `${format.number(pod.memoryMebibytes, 0)} MiB`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function isExplained(status: string): status is Explained {
  return explained.some((word) => word === status);
}

const waiting = ['Pending', 'ContainerCreating', 'PodInitializing', 'Terminating', 'Completed', 'Running'];

function toneOf(pod: Pod): Tone {
  if (pod.ready) return 'ok';
  return waiting.includes(pod.status) || pod.status.startsWith('Init:') ? 'warn' : 'bad';
}
