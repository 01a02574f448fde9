import { refTo } from './check.ts';
import type { DestinationRule, KubeObject, ObjectRef, VirtualService } from './kubernetes.ts';
import { hasNoManifest, ownerTool, takesBack } from './owner-tool.ts';
import { ignoreDifferences } from './owner-patch.ts';
import type { Delivery, TaskSpec } from './task.ts';

/** How a task's changes of others' objects get there, with what speaks for which way. */
export interface DeliveryChoice {
  chosen: Delivery;
  /** `patch` where the owner's tool takes writes of others back. */
  proposed: Delivery;
  owners: OwnedObject[];
}

/** An object that the task changes and a tool owns. */
export interface OwnedObject {
  object: ObjectRef;
  tool: string;
  /** False where the tool makes the object itself: there is nothing that a patch could be put into. */
  hasManifest: boolean;
  /** Settings of Argo CD with which what the console writes stays; null for other tools. */
  ignoreDifferences: string | null;
}

/** Who owns what the task changes. */
export function deliveryOf(spec: TaskSpec, objects: SharedObjects): DeliveryChoice {
  const owners = changedOfOthers(spec, objects).flatMap((object): OwnedObject[] => {
    const tool = ownerTool(object);
    if (tool === null) return [];
    const ref = refTo(object);
    const settings = tool === 'Argo CD' && object.kind === 'VirtualService' ? ignoreDifferences(ref) : null;
    return [{ object: ref, tool, hasManifest: !hasNoManifest(tool), ignoreDifferences: settings }];
  });
  const isTakenBack = owners.some(({ object, tool }) => object.kind === 'VirtualService' && takesBack(tool));
  return { chosen: spec.delivery ?? 'write', proposed: isTakenBack ? 'patch' : 'write', owners };
}

interface SharedObjects {
  virtualServices: readonly VirtualService[];
  destinationRules: readonly DestinationRule[];
}

/** Objects that are there already and get entries, pins or subsets of the task. */
export function changedOfOthers(
  { entries, pins, subsets }: TaskSpec,
  { virtualServices, destinationRules }: SharedObjects,
): KubeObject[] {
  const rule = subsets?.subsets.some(({ created }) => created) ? subsets.destinationRule : null;
  return [
    ...virtualServices.filter((object) => [...entries, ...pins].some((one) => isNamed(object, one.virtualService))),
    ...destinationRules.filter((object) => rule !== null && isNamed(object, rule)),
  ];
}

function isNamed({ metadata }: KubeObject, { namespace, name }: { namespace: string; name: string }): boolean {
  return metadata.name === name && metadata.namespace === namespace;
}
