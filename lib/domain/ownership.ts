import type { KubeObject } from './kubernetes.ts';
import { clone } from './structure.ts';
import { fieldManager, managedByLabel, taskLabel } from './task.ts';

interface TaskName {
  namespace: string;
  name: string;
}

/** Labels of every object that a task makes. */
export function ownLabels(task: string): Record<string, string> {
  return { [managedByLabel.key]: managedByLabel.value, [taskLabel]: task };
}

/** True when the task made the object: never change or remove a foreign one of the same name. */
export function isOurs({ metadata }: KubeObject, task: TaskName): boolean {
  return (
    metadata.namespace === task.namespace &&
    metadata.labels?.[managedByLabel.key] === managedByLabel.value &&
    metadata.labels[taskLabel] === task.name
  );
}

/** The task that made an object, whichever; null when none did. */
export function makerOf({ metadata }: KubeObject): string | null {
  const isMade = metadata.labels?.[managedByLabel.key] === managedByLabel.value;
  return isMade ? (metadata.labels?.[taskLabel] ?? null) : null;
}

/** True while the server notes the console as a manager of some field. */
export function hasOurManagedFields({ metadata }: KubeObject): boolean {
  return metadata.managedFields?.some(({ manager }) => manager === fieldManager) ?? false;
}

/**
 * Today's object without our entry in managedFields, so that the owner's next server-side apply does not conflict
 * with edits that we have taken back.
 */
export function withoutOurManagedFields<T extends KubeObject>(object: T): T {
  const edited = clone(object);
  const others = (edited.metadata.managedFields ?? []).filter(({ manager }) => manager !== fieldManager);
  // An empty list keeps what the server has; one empty entry resets it.
  edited.metadata.managedFields = others.length > 0 ? others : [{}];
  return edited;
}

/** Today's object as its owner's alone: our labels go, the object stays. */
export function handedOver<T extends KubeObject>(object: T): T {
  const edited = clone(object);
  const labels = { ...edited.metadata.labels };
  delete labels[managedByLabel.key];
  delete labels[taskLabel];
  edited.metadata.labels = labels;
  return edited;
}
