import { editFor } from '../edit.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../kubernetes.ts';
import { policyKinds, type PolicyObject } from '../policies.ts';
import { stepsFor, type StepOptions } from '../steps.ts';
import { clone, sameJson } from '../structure.ts';
import { fieldManager, type OperationVerb, type Step, type TaskSpec } from '../task.ts';

/** Objects by kind, namespace and name, with the parts of an API server that edits depend on. */
export class MemoryCluster {
  readonly #objects = new Map<string, KubeObject>();
  #version = 1000;

  constructor(objects: readonly KubeObject[]) {
    for (const object of objects) this.#store(object);
  }

  get(kind: string, namespace: string, name: string): KubeObject | null {
    return this.#objects.get(keyOf(kind, namespace, name)) ?? null;
  }

  list(kind: string): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  get virtualServices(): VirtualService[] {
    return this.list('VirtualService') as VirtualService[];
  }

  get destinationRules(): DestinationRule[] {
    return this.list('DestinationRule') as DestinationRule[];
  }

  get policies(): PolicyObject[] {
    return policyKinds.flatMap((kind) => this.list(kind)) as PolicyObject[];
  }

  /** Everything that owners and the console wrote, without what the server adds. */
  content(): Record<string, unknown> {
    return Object.fromEntries([...this.#objects].map(([key, object]) => [key, withoutServerFields(object)]));
  }

  /** Somebody else's write. */
  put(object: KubeObject): void {
    this.#store(object);
  }

  remove(kind: string, namespace: string, name: string): void {
    this.#objects.delete(keyOf(kind, namespace, name));
  }

  /** Does what a step asks for; true when something was written. Throws when the edit is blocked or not allowed. */
  apply(step: Step, spec: TaskSpec): boolean {
    if (!step.object || step.verb === 'wait' || step.verb === 'settle') return false;
    const { kind, namespace, name } = step.object;
    const live = this.get(kind, namespace, name);
    const context = { recordUid: 'record-uid', virtualServices: this.virtualServices };
    const edit = editFor(step, spec, live && clone(live), context);
    switch (edit.kind) {
      case 'none':
        return false;
      case 'blocked':
        throw new Error(`${step.id} blocked: ${JSON.stringify(edit.reason)}`);
      case 'create':
        if (live) throw new Error(`${step.id} creates what exists`);
        this.#store(edit.object);
        return true;
      case 'update':
        if (!live || edit.object.metadata.resourceVersion !== live.metadata.resourceVersion)
          throw new Error(`${step.id} conflicts`);
        this.#store(this.#withManager(live, edit.object));
        return true;
      case 'delete':
        if (edit.uid !== live?.metadata.uid) throw new Error(`${step.id} deletes another object`);
        this.remove(kind, namespace, name);
        return true;
    }
  }

  /** Runs a verb to its end, telling of each state on the way. */
  run(verb: OperationVerb, spec: TaskSpec, options: StepOptions = {}, after: (step: Step) => void = () => {}): void {
    for (const step of stepsFor(verb, spec, options)) {
      this.apply(step, spec);
      after(step);
    }
  }

  #store(object: KubeObject): void {
    const { namespace = '', name, uid } = object.metadata;
    const stored = clone(object);
    stored.metadata.uid = uid ?? `uid-${this.#version}`;
    stored.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(keyOf(object.kind, namespace, name), stored);
  }

  /** As the server: who changes something beside managedFields becomes a manager of it. */
  #withManager(live: KubeObject, object: KubeObject): KubeObject {
    const updated = clone(object);
    updated.metadata.managedFields = (updated.metadata.managedFields ?? []).filter(
      ({ manager }) => manager !== undefined,
    );
    const isChange = !sameJson(withoutServerFields(live), withoutServerFields(object));
    const isManager = updated.metadata.managedFields.some(({ manager }) => manager === fieldManager);
    if (isChange && !isManager) updated.metadata.managedFields.push({ manager: fieldManager, operation: 'Update' });
    return updated;
  }
}

function withoutServerFields(object: KubeObject): KubeObject {
  const copy = clone(object);
  const { managedFields: _fields, resourceVersion: _version, uid: _uid, ...metadata } = copy.metadata;
  return { ...copy, metadata };
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
