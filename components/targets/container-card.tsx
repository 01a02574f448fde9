'use client';
import { Container, RotateCcw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Field, TextInput } from '@/components/ui/field';
import { focusField } from '@/components/ui/focus-field';
import { EnvTable } from './env-table';
import { isChanged, type ContainerView } from './containers';
import { withContainer } from './target-draft';
import { imageDifference } from './image';
import { useTargetProblemText } from './target-problem-text';
import { ResourceFields } from './resource-fields';
import type { TargetEditing } from './target-editing';

/** One container copied from the live workload: image, environment, resources. */
export function ContainerCard({
  editing,
  view,
  source,
}: {
  editing: TargetEditing;
  view: ContainerView;
  source: string;
}) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const imageChanged = view.image !== view.liveImage;
  const setImage = (image: string | null): void =>
    editing.update((target) => withContainer(target, view.name, { image }));
  return (
    <article aria-label={view.name} className="panel grid gap-3">
      <header className="flex items-center gap-3">
        <span className="grid size-9 flex-none place-items-center rounded-leaf bg-surface-3">
          <Container size={18} strokeWidth={1.5} aria-hidden />
        </span>
        <div className="min-w-0 flex-1">
          <h4 className="font-semibold [overflow-wrap:anywhere]">{view.name}</h4>
          <p className="text-xs text-ink-3">{view.init ? t('init') : t('worker')}</p>
        </div>
        {isChanged(view) && <Badge tone="ok">{t('changed')}</Badge>}
      </header>
      <Field
        label={t('image')}
        required
        error={textOf(editing.problemOf(`container.${view.name}.image`))}
        hint={
          <>
            {t('imageLive', { source })} <LiveImage view={view} />
          </>
        }
      >
        <span className="flex items-center gap-2">
          <TextInput
            mono
            {...editing.mark(`container.${view.name}.image`)}
            value={view.image}
            onChange={(event) => setImage(event.target.value === view.liveImage ? null : event.target.value)}
          />
          {imageChanged && (
            <Button
              size="small"
              icon={<RotateCcw size={14} aria-hidden />}
              aria-label={t('imageResetLabel', { container: view.name })}
              onClick={() => {
                setImage(null);
                // The button that had the focus goes.
                focusField(editing.fieldOf(`container.${view.name}.image`));
              }}
            >
              {t('imageReset')}
            </Button>
          )}
        </span>
      </Field>
      <EnvTable editing={editing} view={view} />
      <ResourceFields editing={editing} view={view} />
    </article>
  );
}

/** The live image with what will differ marked. */
function LiveImage({ view }: { view: ContainerView }) {
  const difference = imageDifference(view.liveImage, view.image.trim());
  return (
    <code className="[overflow-wrap:anywhere]">
      {difference.start}
      {difference.before !== '' && (
        <mark className="rounded-xs bg-del-gutter px-0.5 text-del-ink">{difference.before}</mark>
      )}
      {difference.end}
    </code>
  );
}
