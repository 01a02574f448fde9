'use client';
import { useTranslations } from 'next-intl';
import { Field, TextInput } from '@/components/ui/field';
import type { ContainerView } from './model/containers';
import { withContainer, withQuantity } from './model/form-model';
import { useProblemText } from './problem-text';
import type { TargetEditing } from './target-editing';

const sides = ['requests', 'limits'] as const;
const usual = ['cpu', 'memory'] as const;

/** Requests and limits of CPU and memory, and of whatever else the live container names. */
export function ResourceFields({ editing, view }: { editing: TargetEditing; view: ContainerView }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const named = [...Object.keys(view.requests), ...Object.keys(view.limits)];
  const resources = [...new Set<string>([...usual, ...named])];
  const nameOf = (resource: string): string => (resource === 'cpu' || resource === 'memory' ? t(resource) : resource);
  return (
    <Field group label={t('resources')} hint={t('quantityHint')}>
      <div className="grid grid-cols-4 gap-3 max-lg:grid-cols-2">
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
    </Field>
  );
}
