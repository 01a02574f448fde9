import { hostPattern } from '@/lib/domain/names';
import { headerNamePattern, isMatchedAsHeader, requestMethods } from '@/lib/domain/request-match';
import { targetsMax } from '@/lib/domain/planning-snapshot';
import { holdSecondsMax, rampProblems, rampStepsMax, setsShare } from '@/lib/domain/ramp';
import { targetIdentity } from '@/lib/domain/targets';
import * as z from 'zod/mini';

/** Fields of the design that this release does not act on: naming one is an error, never silently dropped. */
export const laterFields = ['expiresAt', 'stopWhen', 'safety.egress', 'safety.limits'] as const;

/** DNS-1123 label: names of namespaces, Services and tasks. */
export const KubernetesName = z.string().check(z.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/), z.maxLength(63));

export const EnvVarInput = z.strictObject({
  name: z.string().check(z.regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/), z.maxLength(253)),
  value: z.optional(z.string().check(z.maxLength(32_768))),
  /** Copied as it stands on the live container (Secret, ConfigMap or field reference). */
  valueFrom: z.optional(z.record(z.string(), z.unknown())),
});

const quantities = z.record(
  z.string().check(z.regex(/^[a-z0-9./-]{1,63}$/)),
  z.string().check(z.regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/)),
);

export const ContainerInput = z.strictObject({
  name: KubernetesName,
  image: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(1024), z.regex(/^\S+$/))),
  env: z.optional(z.array(EnvVarInput).check(z.maxLength(500))),
  resources: z.optional(z.strictObject({ requests: z.optional(quantities), limits: z.optional(quantities) })),
});

const ContainerInputs = z.array(ContainerInput).check(
  z.maxLength(50),
  z.refine((containers) => areDistinct(containers.map(({ name }) => name)), { error: 'container_twice' }),
);
const Replicas = z.int().check(z.minimum(1), z.maximum(100));

export const NewVersionTargetInput = z.strictObject({
  kind: z.literal('version'),
  version: z.string().check(z.regex(/^[a-z0-9A-Z]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$/), z.maxLength(63)),
  replicas: z._default(Replicas, 1),
  containers: z._default(ContainerInputs, []),
});

export const ExistingWorkloadTargetInput = z.strictObject({
  kind: z.literal('version'),
  existing: z.string().check(z.regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/), z.maxLength(253)),
});

const PortNumber = z.int().check(z.minimum(1), z.maximum(65_535));

export const ServiceTargetInput = z.strictObject({
  kind: z.literal('service'),
  namespace: KubernetesName,
  name: KubernetesName,
  port: PortNumber,
});

const HostName = z.string().check(z.regex(hostPattern), z.maxLength(253));

export const ExternalTargetInput = z.strictObject({
  kind: z.literal('external'),
  host: HostName,
  port: PortNumber,
  /** The callers' proxies speak TLS to the host. */
  tls: z._default(z.boolean(), false),
});

/** Percentage in percent, 0.0001..100, in steps of 0.0001 (Envoy counts in millionths). */
export const Percentage = z.number().check(
  z.minimum(0.0001),
  z.maximum(100),
  z.refine((value) => Math.abs(value * 10_000 - Math.round(value * 10_000)) < 1e-6, { error: 'percentage_step' }),
);

const conditionText = z.string().check(z.minLength(1), z.maxLength(1024), z.regex(/^\P{Cc}*$/u));
const pathText = conditionText.check(z.regex(/^\//));

export const HeaderMatchInput = z.union([
  z.strictObject({ exact: conditionText }),
  z.strictObject({ prefix: conditionText }),
  /** RE2, of the whole value. */
  z.strictObject({ regex: conditionText }),
  z.strictObject({ present: z.literal(true) }),
]);

function areDistinct(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

function isWithin(value: number, low: number, high: number): boolean {
  return low <= value && value <= high;
}

const HeaderName = z
  .string()
  .check(z.regex(headerNamePattern), z.maxLength(256), z.refine(isMatchedAsHeader, { error: 'header_not_matched' }));

const RequestMethod = z.enum(requestMethods);

const RequestMethods = z.array(RequestMethod).check(z.minLength(1), z.maxLength(requestMethods.length));

/** What a request must meet to be copied: all that is named here. */
export const RequestMatchInput = z
  .strictObject({
    headers: z.optional(
      z.record(HeaderName, HeaderMatchInput).check(
        z.refine((headers) => isWithin(Object.keys(headers).length, 1, 20), { error: 'headers_count' }),
        z.refine((headers) => areDistinct(Object.keys(headers).map((name) => name.toLowerCase())), {
          error: 'header_twice',
        }),
      ),
    ),
    method: z.optional(z.strictObject({ exact: RequestMethod })),
    path: z.optional(
      z.union([
        z.strictObject({ exact: pathText }),
        z.strictObject({ prefix: pathText }),
        z.strictObject({ regex: conditionText }),
      ]),
    ),
  })
  .check(z.refine((match) => Object.values(match).some((part) => part !== undefined), { error: 'match_empty' }));
export type RequestMatchInput = z.infer<typeof RequestMatchInput>;

/** What keeps the mirror from doing harm. */
export const SafetyInput = z.strictObject({
  /** Only requests with these methods are copied; absent: every method. */
  methods: z.optional(RequestMethods),
  /** The mirror's proxies refuse every method but GET, HEAD and OPTIONS; absent: to a new version by HTTP they do. */
  denyWrites: z.optional(z.boolean()),
  /** The mirror's proxies add the header `X-Mirror-Request: true`; absent: they do not. */
  marker: z.optional(z.boolean()),
});

/** One http route of a VirtualService: its name, or `#` and a hash, as in the plan's `routes`. */
export const RouteChoiceInput = z.strictObject({
  namespace: KubernetesName,
  virtualService: z.string().check(z.regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/), z.maxLength(253)),
  route: conditionText,
});

export const BasisInput = z.array(
  z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
  }),
);

/** What a list of targets says of each beside what it is. */
const share = { percentage: Percentage };
const ofPods = {
  ...share,
  placement: z.optional(z.enum(['dedicated', 'subset'])),
  /** A field that is absent: as the task's. */
  safety: z.optional(z.strictObject({ denyWrites: z.optional(z.boolean()), marker: z.optional(z.boolean()) })),
};

const ListedTargetInput = z.union([
  z.extend(NewVersionTargetInput, ofPods),
  z.extend(ExistingWorkloadTargetInput, ofPods),
  z.extend(ServiceTargetInput, share),
  z.extend(ExternalTargetInput, share),
]);
const RequestMatches = z.array(RequestMatchInput).check(z.minLength(1), z.maxLength(10));

const CreateTaskFields = z.strictObject({
  namespace: KubernetesName,
  name: KubernetesName,
  description: z._default(z.string().check(z.maxLength(1000)), ''),
  service: KubernetesName,
  ports: z.optional(z.array(PortNumber).check(z.minLength(1), z.maxLength(50))),
  /** Where copies go; instead of it `targets` where they go to several. */
  target: z.optional(
    z.union([NewVersionTargetInput, ExistingWorkloadTargetInput, ServiceTargetInput, ExternalTargetInput]),
  ),
  /** Of the only target; absent: 100. */
  percentage: z.optional(Percentage),
  targets: z.optional(z.array(ListedTargetInput).check(z.minLength(1), z.maxLength(targetsMax))),
  /** Alternatives, one of which a request must meet to be copied; absent: every request is copied. */
  match: z.optional(RequestMatches),
  /** Routes whose requests are copied, as a plan names them; absent: every one that leads to the service. */
  routes: z.optional(z.array(RouteChoiceInput).check(z.minLength(1), z.maxLength(200))),
  safety: z.optional(SafetyInput),
  /** Only for a version of the service: of any other target nothing is placed. */
  placement: z.optional(z.enum(['dedicated', 'subset'])),
  /** Changes of others' objects are written, or shown as a patch and waited for; absent: written. */
  delivery: z.optional(z.enum(['write', 'patch'])),
  basis: z.optional(BasisInput),
});
/** True unless every target is elsewhere; where there is none that is another finding. */
function hasVersion({ target, targets }: Pick<z.infer<typeof CreateTaskFields>, 'target' | 'targets'>): boolean {
  const all = [...(target ? [target] : []), ...(targets ?? [])];
  return all.length === 0 || all.some(({ kind }) => kind === 'version');
}

const CheckedTaskFields = CreateTaskFields.check(
  z.refine(({ target, targets }) => target !== undefined || targets !== undefined, {
    error: 'required',
    path: ['target'],
    // Beside whatever else is missing.
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  }),
  z.refine(({ target, targets }) => target === undefined || targets === undefined, {
    error: 'targets_or_target',
    path: ['targets'],
  }),
  z.refine(({ percentage, targets }) => percentage === undefined || targets === undefined, {
    error: 'percentage_of_each',
    path: ['percentage'],
  }),
  z.refine(({ targets = [] }) => areDistinct(targets.map(targetIdentity)), {
    error: 'target_twice',
    path: ['targets'],
  }),
  z.refine(({ placement, ...input }) => placement === undefined || hasVersion(input), {
    error: 'placement_elsewhere',
    path: ['placement'],
  }),
  z.refine(({ safety, ...input }) => !(safety?.denyWrites || safety?.marker) || hasVersion(input), {
    error: 'protection_elsewhere',
    path: ['safety'],
  }),
);
export const CreateTaskInput = z.pipe(
  CheckedTaskFields,
  z.transform((input) => (input.targets ? input : { ...input, percentage: input.percentage ?? 100 })),
);
export type CreateTaskInput = z.infer<typeof CheckedTaskFields>;

const TargetId = z.string().check(z.maxLength(63));

const RampTargets = z.array(z.strictObject({ id: TargetId, percentage: Percentage })).check(
  z.minLength(1),
  z.maxLength(targetsMax),
  z.refine((targets) => areDistinct(targets.map(({ id }) => id)), { error: 'target_twice' }),
);

/** Shares, and for how long they are copied before the next ones; after the last ones' the ramp is over, at once if absent. */
const RampStepInput = z
  .strictObject({
    /** Of the only target. */
    percentage: z.optional(Percentage),
    /** Of those of several that are raised; the others keep theirs. */
    targets: z.optional(RampTargets),
    holdSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(holdSecondsMax))),
  })
  .check(
    z.refine(({ percentage, targets }) => percentage !== undefined || targets !== undefined, {
      error: 'required',
      path: ['percentage'],
    }),
    z.refine(({ percentage, targets }) => percentage === undefined || targets === undefined, {
      error: 'targets_or_change',
      path: ['targets'],
    }),
  );

const RampInput = z.array(RampStepInput).check(z.minLength(1), z.maxLength(rampStepsMax), ({ value, issues }) => {
  for (const { step, target, field, code } of rampProblems(value)) {
    const path = target === null ? [step, field] : [step, 'targets', target, field];
    issues.push({ code: 'custom', input: value, path, message: code });
  }
});

/** What is to be changed of a target; what is absent stays. */
const targetChanges = {
  percentage: z.optional(Percentage),
  /** Of a new version that the task made: see `NewVersionTargetInput`. */
  replicas: z.optional(Replicas),
  containers: z.optional(ContainerInputs.check(z.minLength(1))),
};

function isAnyGiven(fields: object): boolean {
  return Object.values(fields).some((value) => value !== undefined);
}

const ListedTargetChange = z
  .strictObject({
    id: TargetId,
    ...targetChanges,
    /** It gets no copies any more, and what the task made for it goes, as when a task is finished. */
    remove: z.optional(z.literal(true)),
  })
  .check(
    z.refine(({ id: _id, ...changes }) => isAnyGiven(changes), { error: 'change_empty' }),
    z.refine(({ id: _id, remove, ...changes }) => !remove || !isAnyGiven(changes), {
      error: 'remove_alone',
      path: ['remove'],
    }),
  );

/** True for a change of where copies go. */
function isRetargeting({ targets, addTargets }: { targets?: { remove?: true }[]; addTargets?: unknown[] }): boolean {
  return addTargets !== undefined || (targets ?? []).some(({ remove }) => remove);
}

/** What a running task is to have anew. */
export const ChangeTaskInput = z
  .strictObject({
    /** Of the only target. */
    ...targetChanges,
    /** Of some of several; the others keep theirs. */
    targets: z.optional(
      z.array(ListedTargetChange).check(
        z.minLength(1),
        z.maxLength(targetsMax),
        z.refine((targets) => areDistinct(targets.map(({ id }) => id)), { error: 'target_twice' }),
      ),
    ),
    /**
     * Where the same requests are copied from now on, too: as one of a creation's `targets`. A version of whose safety
     * nothing is said is protected as those that the task has.
     */
    addTargets: z.optional(
      z.array(ListedTargetInput).check(
        z.minLength(1),
        z.maxLength(targetsMax),
        z.refine((targets) => areDistinct(targets.map(targetIdentity)), { error: 'target_twice' }),
      ),
    ),
    /** As in a creation; null: no conditions any more. */
    match: z.optional(z.nullable(RequestMatches)),
    /** Null: requests of every method again. */
    safety: z.optional(z.strictObject({ methods: z.nullable(RequestMethods) })),
    /** The shares are raised step by step from now on, while this console runs; null: they stay as they are. */
    ramp: z.optional(z.nullable(RampInput)),
    /** True: the ramp waits where it is; false: it goes on. */
    rampHeld: z.optional(z.boolean()),
    basis: z.optional(BasisInput),
  })
  .check(
    z.refine(({ basis: _basis, ...changes }) => isAnyGiven(changes), { error: 'change_empty' }),
    z.refine(
      ({ targets, percentage, replicas, containers }) =>
        targets === undefined || !isAnyGiven({ percentage, replicas, containers }),
      { error: 'targets_or_change', path: ['targets'] },
    ),
    z.refine(
      ({ match, safety, ramp, rampHeld, ...change }) =>
        !isRetargeting(change) || !isAnyGiven({ match, safety, ramp, rampHeld }),
      { error: 'retarget_alone', path: ['targets'] },
    ),
    z.refine(({ ramp, ...change }) => !ramp || !setsShare(change), {
      error: 'ramp_share',
      path: ['ramp'],
    }),
    z.refine(({ rampHeld, ...change }) => rampHeld === undefined || !setsShare(change), {
      error: 'ramp_held_share',
      path: ['rampHeld'],
    }),
    z.refine(({ ramp, rampHeld }) => ramp === undefined || rampHeld === undefined, {
      error: 'ramp_twice',
      path: ['rampHeld'],
    }),
  );
export type ChangeTaskInput = z.infer<typeof ChangeTaskInput>;

export const FinishTaskInput = z.strictObject({
  /** The new version's workload stays until the task is deleted; an existing one always stays. */
  keepWorkload: z._default(z.boolean(), false),
  basis: z.optional(BasisInput),
});
export type FinishTaskInput = z.infer<typeof FinishTaskInput>;

export const VerbInput = z.strictObject({ basis: z.optional(BasisInput) });
export type VerbInput = z.infer<typeof VerbInput>;

/** Without a namespace: every one that the user may see. */
export const StopTasksInput = z.strictObject({ namespace: z.optional(KubernetesName) });
