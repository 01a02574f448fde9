'use client';
import { useTranslations } from 'next-intl';
import { Field, TextInput } from '@/components/ui/field';
import type { ContainerView } from './containers';
import { withContainer, withQuantity } from './target-draft';
import { useTargetProblemText } from './target-problem-text';
import type { TargetEditing } from './target-editing';

const sides = ['requests', 'limits'] as const;
const usual = ['cpu', 'memory'] as const;

/** Requests and limits of CPU and memory, and of whatever else the live container names. */
export function ResourceFields({ editing, view }: { editing: TargetEditing; view: ContainerView }) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const named = [...Object.keys(view.requests), ...Object.keys(view.limits)];
  const resources = [...new Set<string>([...usual, ...named])];
  const nameOf = (resource: string): string => (resource === 'cpu' || resource === 'memory' ? t(resource) : resource);
  return (
    <Field group label={t('resources')} hint={t('quantityHint')}>
      <div className="@container">
        <div className="grid grid-cols-4 gap-3 @max-2xl:grid-cols-2">
          {resources.flatMap((resource) =>
            sides.map((side) => (
              <Field
                key={`${side}.${resource}`}
                label={t('quantityOf', { side: t(side), resource: nameOf(resource) })}
                error={textOf(editing.problemOf(`container.${view.name}.${side}.${resource}`))}
              >
                <TextInput
                  mono
                  {...editing.mark(`container.${view.name}.${side}.${resource}`)}
                  placeholder={t('quantityNone')}
                  value={view[side][resource] ?? ''}
                  onChange={(event) =>
                    editing.update((target) =>
                      withContainer(
                        target,
                        view.name,
                        withQuantity(
                          view.draft,
                          side,
                          resource,
                          event.target.value.trim(),
                          view.live.resources[side][resource],
                        ),
                      ),
                    )
                  }
                />
              </Field>
            )),
          )}
        </div>
      </div>
    </Field>
  );
}
