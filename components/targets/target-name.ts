import type { TargetChoices } from './target-choices';
import type { TargetDraft } from './target-draft';

/**
 * How a target is called; null before it is chosen. A workload that is there already by its own name: its version may be
 * the live one's.
 */
export function targetName(target: TargetDraft, chosen: TargetChoices): string | null {
  switch (target.targetKind) {
    case 'new':
      return chosen.version || null;
    case 'existing':
      return target.existing;
    case 'service':
      return chosen.targetService?.name ?? target.targetService;
    case 'external':
      return target.externalHost || null;
  }
}
