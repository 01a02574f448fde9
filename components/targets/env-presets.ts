import type { ContainerInfo } from '@/lib/contract/inventory';
import type { ContainerView } from './containers';
import {
  containerDraft,
  withContainer,
  withEnvAdded,
  withEnvRemoved,
  withEnvRow,
  withEnvValue,
  type ContainerDraft,
  type TargetDraft,
} from './target-draft';

export interface EnvPreset {
  name: string;
  value: string;
}

/** What the mirroring guide (section 6.2) sets so that a mirror leaves production data alone. */
export const isolationPresets: readonly EnvPreset[] = [
  { name: 'ENVIRONMENT', value: 'test' },
  { name: 'DISABLE_WRITE', value: 'true' },
];

/** True when the container will run with the preset's value. */
export function hasPreset(view: ContainerView, preset: EnvPreset): boolean {
  return view.env.some((row) => row.state !== 'removed' && row.name === preset.name && row.value === preset.value);
}

/** Sets the preset (a live variable of that name gets the value), or takes it back to what is live. */
export function togglePreset(
  draft: ContainerDraft,
  live: ContainerInfo,
  preset: EnvPreset,
  on: boolean,
): ContainerDraft {
  const copied = live.env.find((variable) => variable.name === preset.name);
  if (copied !== undefined && copied.from === null) {
    const isLive = copied.value === preset.value;
    return isLive && !on
      ? withEnvRemoved(draft, preset.name, true)
      : withEnvValue(draft, preset.name, on ? preset.value : (copied.value ?? ''), copied.value);
  }
  // A reference of that name cannot be edited: it goes, and a plain variable takes its place.
  const cleared = copied === undefined ? draft : withEnvRemoved(draft, preset.name, on);
  const added = cleared.envAdded.filter((row) => row.name === preset.name);
  const without = added.reduce((next, row) => withEnvRow(next, row.id, null), cleared);
  return on ? withEnvAdded(without, preset.name, preset.value) : without;
}

/** True when every container that answers requests will run with all of the presets. */
export function isTestEnvironment(views: readonly ContainerView[]): boolean {
  const workers = views.filter(({ init }) => !init);
  return workers.length > 0 && workers.every((view) => isolationPresets.every((preset) => hasPreset(view, preset)));
}

/** Sets all of the presets on every container that answers requests, or takes them back to what is live. */
export function withTestEnvironment<Target extends TargetDraft>(
  target: Target,
  views: readonly ContainerView[],
  on: boolean,
): Target {
  return views
    .filter(({ init }) => !init)
    .reduce((next, view) => {
      const draft = isolationPresets
        .filter((preset) => hasPreset(view, preset) !== on)
        .reduce((changed, preset) => togglePreset(changed, view.live, preset, on), containerDraft(next, view.name));
      return withContainer(next, view.name, draft);
    }, target);
}
