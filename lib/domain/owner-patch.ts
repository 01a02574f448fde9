import { stringify } from 'yaml';
import { missingEntry } from './drift.ts';
import { before, editFor } from './edit.ts';
import { routesPatch, type PatchOperation } from './json-patch.ts';
import type { HttpRoute, KubeObject, ObjectRef, VirtualService } from './kubernetes.ts';
import { toPortableYaml } from './manifest-yaml.ts';
import type { MessageRef } from './message.ts';
import { ownerTool } from './owner-tool.ts';
import { shellLine } from './shell-line.ts';
import { isAwaited, putsIn, writeOf } from './steps.ts';
import { sameJson } from './structure.ts';
import type { Step, TaskSpec } from './task.ts';
import { entriesIn, isOnClone, takeEntries } from './virtual-service-edit.ts';

/** What the owner of a shared object is asked to do for a task that does not write it. */
export interface OwnerPatch {
  object: ObjectRef;
  /** Entries go in, or out. */
  direction: 'in' | 'out';
  /** The tool that owns the object; null where none is seen. */
  tool: string | null;
  /** Nothing is to be done any more: it is seen in the live object. */
  landed: boolean;
  /** Why no patch can be made of today's object; text: `reason.<code>`. */
  problem: MessageRef | null;
  /** Null where there is nothing to do, or nothing that can be done. */
  forms: PatchForms | null;
  /** For Argo CD, where its operator prefers that the console writes; null for other owners. */
  ignoreDifferences: string | null;
}

/** The same change in the forms in which people make it. */
export interface PatchForms {
  /**
   * The object whole, as its owner's manifest is to be: without what other tasks have written into the live object
   * themselves, which would come back from there when they leave.
   */
  yaml: string;
  /** A patch of the owner's manifest, for a kustomization; null: the one that stands there is to be taken out. */
  kustomize: string | null;
  /** A shell line that patches the live object. */
  kubectl: string;
  /** The patch of that line. */
  operations: PatchOperation[];
}

/**
 * The patch that a waiting step asks for, on its object as it stands (`live`; null: it is not there). `others`: the tasks
 * beside it.
 */
export function ownerPatch(
  step: Step,
  spec: TaskSpec,
  live: VirtualService | null,
  others: readonly TaskSpec[] = [],
): OwnerPatch {
  const object = step.object ?? { apiVersion: '', kind: '', namespace: '', name: '' };
  const tool = live && ownerTool(live);
  const base = {
    object,
    direction: putsIn(step) ? ('in' as const) : ('out' as const),
    tool,
    ignoreDifferences: tool === 'Argo CD' ? ignoreDifferences(object) : null,
  };
  if (hasLanded(step, spec, live)) return { ...base, landed: true, problem: null, forms: null };
  const edit = editFor(writeOf(step), spec, live, { recordUid: null });
  if (edit.kind === 'blocked') return { ...base, landed: false, problem: edit.reason, forms: null };
  const isChange = edit.kind === 'update' && live !== null;
  const forms = isChange ? formsOf(step, spec, { live, wanted: edit.object as VirtualService, others }) : null;
  return { ...base, landed: false, problem: null, forms };
}

/** The patches that a verb's steps ask for, in their order. */
export function patchesOf(
  steps: readonly Step[],
  spec: TaskSpec,
  virtualServices: readonly VirtualService[],
  others: readonly TaskSpec[],
): OwnerPatch[] {
  return steps.filter(isAwaited).map((step) => {
    const { namespace, name } = step.object ?? {};
    const live = virtualServices.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    return ownerPatch(step, spec, live ?? null, others);
  });
}

/**
 * True when what a waiting step waits for is seen in its object: every entry copies as the task has it, or, going out,
 * nothing of the task is left to be taken out.
 */
export function hasLanded(step: Step, spec: TaskSpec, live: VirtualService | null): boolean {
  if (!putsIn(step)) return live === null || sameJson(takeEntries(live, spec), live.spec.http ?? []);
  return live !== null && entriesIn(spec, live).every((entry) => missingEntry(entry, live, spec) === null);
}

/**
 * Settings by which Argo CD leaves the routes to whoever writes them. It compares and applies lists of custom resources
 * whole, so single routes or fields cannot be named (argo-cd issue 17694).
 */
export function ignoreDifferences({ apiVersion, kind, namespace, name }: ObjectRef): string {
  const group = groupOf(apiVersion);
  return stringify({
    spec: {
      ignoreDifferences: [{ group, kind, namespace, name, jsonPointers: ['/spec/http'] }],
      syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] },
    },
  });
}

interface Change {
  live: VirtualService;
  wanted: VirtualService;
  others: readonly TaskSpec[];
}

function formsOf(step: Step, spec: TaskSpec, { live, wanted, others }: Change): PatchForms {
  const operations = patchOf(live, wanted);
  const { namespace = '', name } = live.metadata;
  const command = ['kubectl', '-n', namespace, 'patch', 'virtualservice', name, '--type=json'];
  // What these have written is in the live object and not in its owner's manifest.
  const writing = others.filter(({ delivery }) => delivery !== 'patch');
  const manifest = putsIn(step) ? manifestChange(step, spec, live, writing) : null;
  const whole = writing.length > 0 && manifest ? manifest.wanted : asTheirs(wanted, writing);
  return {
    yaml: toPortableYaml(whole),
    kustomize: manifest && kustomization(manifest),
    kubectl: shellLine(...command, '-p', JSON.stringify(operations)),
    operations,
  };
}

/** The same change of the object as its owner has it; null where there is nothing to put into that. */
function manifestChange(
  step: Step,
  spec: TaskSpec,
  live: VirtualService,
  writing: readonly TaskSpec[],
): Pick<Change, 'live' | 'wanted'> | null {
  const ours = before(spec, live) as VirtualService | null;
  const theirs = ours && asTheirs(ours, writing);
  // What others' clones would copy is on the owner's own routes there.
  const entries = writing.length > 0 ? spec.entries.filter((entry) => !isOnClone(entry)) : spec.entries;
  const edit: { kind: string; object?: KubeObject } = editFor(writeOf(step), { ...spec, entries }, theirs, {
    recordUid: null,
  });
  if (!theirs || edit.kind !== 'update') return null;
  return { live: theirs, wanted: edit.object as VirtualService };
}

/** From the object as its owner has it, not as it stands: a kustomization patches his manifest each time anew. */
function kustomization({ live, wanted }: Pick<Change, 'live' | 'wanted'>): string {
  const { apiVersion, kind, metadata } = live;
  // Neither version nor namespace: the manifest may have another one, or get it from the kustomization.
  const target = { group: groupOf(apiVersion), kind, name: metadata.name };
  const patch = stringify(patchOf(live, wanted), { lineWidth: 0 });
  return stringify({ patches: [{ target, patch }] }, { lineWidth: 0 });
}

/** Without what other tasks have written. */
function asTheirs(object: VirtualService, writing: readonly TaskSpec[]): VirtualService {
  return writing.reduce((left, other) => (before(other, left) as VirtualService | null) ?? left, object);
}

function patchOf(from: VirtualService, to: VirtualService): PatchOperation[] {
  const routes = ({ spec }: VirtualService): HttpRoute[] => spec.http ?? [];
  return routesPatch(routes(from), routes(to), '/spec/http');
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/', 1).join('');
}
