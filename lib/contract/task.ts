import * as z from 'zod/mini';
import { RequestMatchInput, RouteChoiceInput } from './create-task-input';

/**
 * Shapes of the task endpoints. `Message` fields carry `code` and `params` for the browser to render and
 * `message` in the language of Accept-Language for everybody else.
 */
export const Message = z.object({
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
});
export type Message = z.infer<typeof Message>;

export const ObjectRef = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
});
export type ObjectRef = z.infer<typeof ObjectRef>;

export const TaskState = z.enum([
  'Deleting',
  'Incomplete',
  'Drifted',
  'Degraded',
  'Preparing',
  'Mirroring',
  'Paused',
  'Finished',
]);

export const Replicas = z.object({ ready: z.number(), desired: z.number() });

export const TaskStep = z.object({
  id: z.string(),
  verb: z.enum(['create', 'update', 'delete', 'wait', 'settle']),
  object: z.nullable(ObjectRef),
  state: z.enum(['pending', 'done', 'failed']),
  message: z.nullable(Message),
});
export type TaskStep = z.infer<typeof TaskStep>;

export const TaskOperation = z.object({
  verb: z.enum(['create', 'change', 'pause', 'resume', 'finish', 'delete', 'rollback', 'restore', 'adopt']),
  holder: z.string(),
  startedAt: z.string(),
  renewedAt: z.string(),
  startedBy: z.string(),
  /** No sign of life for 30 s: the operation was interrupted. */
  stale: z.boolean(),
});

export const Delivery = z.enum(['write', 'patch']);

const coverageFields = {
  /** Copies that arrived / copies expected, 0..; null when it cannot be told, see `reason`. */
  value: z.nullable(z.number()),
  low: z.nullable(z.number()),
  high: z.nullable(z.number()),
  arrivedPerSecond: z.nullable(z.number()),
  expectedPerSecond: z.nullable(z.number()),
  reason: z.nullable(Message),
};

/** Coverage of a running task. */
export const Coverage = z.object({
  ...coverageFields,
  /** What holds however often it is looked at, as low and high do not: copies are lost, or more come than asked for. */
  finding: z.nullable(z.enum(['lost', 'surplus'])),
});
export type Coverage = z.infer<typeof Coverage>;

/** Coverage frozen in a report. */
export const CoverageFigures = z.object(coverageFields);
export type CoverageFigures = z.infer<typeof CoverageFigures>;

export const TaskPrimary = z.object({
  workload: z.string(),
  version: z.string(),
  image: z.nullable(z.string()),
  replicas: z.nullable(Replicas),
});

export const TaskTarget = z.object({
  id: z.string(),
  kind: z.enum(['version', 'service', 'external']),
  /** The Deployment, the Service, or the host. */
  name: z.string(),
  /** How people call it: the version, or the name with its namespace. */
  label: z.string(),
  /** Null for a host outside. */
  namespace: z.nullable(z.string()),
  /** Port that gets every copy; null for a version: the port that its request came for. */
  port: z.nullable(z.number()),
  /** Deployment of the service that gets the copies; null where they go elsewhere. */
  workload: z.nullable(z.string()),
  /** Empty where it has none. */
  version: z.string(),
  image: z.nullable(z.string()),
  percentage: z.number(),
  replicas: z.nullable(Replicas),
  /** Where its pods stand; null for a target elsewhere. */
  placement: z.nullable(z.enum(['dedicated', 'subset'])),
  safety: z.object({ denyWrites: z.boolean(), marker: z.boolean() }),
  /** Null while nothing is copied. */
  coverage: z.nullable(Coverage),
  /** True: the task made the Deployment and removes it. */
  created: z.boolean(),
  /** On its way into the task, or out of it; null: it stands, or nothing is changed about where copies go. */
  passage: z.nullable(z.enum(['joining', 'leaving'])),
});

/** Evidence that copies no longer arrive, of a task that is paused or finished. */
export const TaskStop = z.object({
  /** When the last copy was counted, to within a scrape; null when none was seen. */
  lastCopyAt: z.nullable(z.string()),
  /** Since when none came though somebody counts; null while that cannot be said: `reason` says why. */
  confirmedAt: z.nullable(z.string()),
  reason: z.nullable(Message),
  /** Requests per second that the mirror got around the stop, and now while they still come; null: not measured. */
  rate: z.nullable(
    z.object({ stepSeconds: z.number(), points: z.array(z.tuple([z.number(), z.nullable(z.number())])) }),
  ),
  /** Where copies still arrive: why, the likeliest first, each with what to do; empty otherwise. */
  causes: z.array(Message),
});
export type TaskStop = z.infer<typeof TaskStop>;

const figure = z.nullable(z.number());

export const ReportSide = z.object({
  side: z.enum(['primary', 'mirror']),
  requests: figure,
  successPercent: figure,
  /** Milliseconds. */
  p50: figure,
  p95: figure,
  p99: figure,
});

export const Difference = z.object({
  metric: z.enum(['success', 'latency_p95']),
  /** Mirror minus live. */
  value: z.nullable(z.number()),
  low: z.nullable(z.number()),
  high: z.nullable(z.number()),
  unit: z.enum(['percentage_points', 'milliseconds']),
  samples: z.nullable(z.number()),
});

const reportFields = {
  /** Share of the requests that was copied in that stretch, in percent. */
  percentage: z.number(),
  /** Null when nothing could be measured: `reason` says why. */
  figures: z.nullable(
    z.object({ coverage: CoverageFigures, sides: z.array(ReportSide), differences: z.array(Difference) }),
  ),
  reason: z.nullable(Message),
};

/** Figures of a finished task, frozen when it was finished: those of its first target, and of each other one. */
export const TaskReport = z.object({
  begin: z.string(),
  end: z.string(),
  ...reportFields,
  /** The targets beside the first; `target` is its id. */
  others: z.array(z.object({ target: z.string(), ...reportFields })),
});
export type TaskReport = z.infer<typeof TaskReport>;

export const TaskAction = z.object({
  verb: z.enum(['change', 'pause', 'resume', 'finish', 'delete', 'retry', 'rollback', 'restore', 'adopt']),
  allowed: z.boolean(),
  reason: z.nullable(Message),
});

/** What keeps the mirror from doing harm. */
export const TaskSafety = z.object({
  /** Only requests with these are copied; null: with any. */
  methods: z.nullable(z.array(z.string())),
  /** The mirror's proxies refuse every method but GET, HEAD and OPTIONS (AuthorizationPolicy). */
  denyWrites: z.boolean(),
  /** The mirror's proxies add the header `X-Mirror-Request: true` (EnvoyFilter). */
  marker: z.boolean(),
});

/** A share that is raised step by step, while the console that accepted it runs. */
export const TaskRamp = z.object({
  steps: z.array(
    z.object({
      /** Of the task's first target. */
      percentage: z.number(),
      /** Those of all of several targets, in their order. */
      percentages: z.optional(z.array(z.number())),
      holdSeconds: z.number(),
    }),
  ),
  /** Index of the step whose share is copied, or is being put in. */
  step: z.number(),
  /** Since when it is copied; null while it is being put in. */
  since: z.nullable(z.string()),
  /** Nothing is raised until somebody continues it; null: it goes on. */
  held: z.nullable(z.object({ since: z.string(), reason: Message })),
  /** How much of the step had passed when it was held; null while it is not. */
  passedSeconds: z.nullable(z.number()),
});
export type TaskRamp = z.infer<typeof TaskRamp>;

export const Task = z.object({
  namespace: z.string(),
  name: z.string(),
  description: z.string(),
  service: z.string(),
  ports: z.array(z.number()),
  state: TaskState,
  stateSince: z.string(),
  reason: z.nullable(Message),
  /** Field manager that last wrote the object that a drifted task complains of; null when the server does not tell. */
  changedBy: z.nullable(z.string()),
  /** Of the first target that is placed; null where none is. */
  placement: z.nullable(z.enum(['dedicated', 'subset'])),
  placementReason: Message,
  /** How changes of others' objects get there: written by the console, or shown as a patch and waited for. */
  delivery: Delivery,
  primary: z.array(TaskPrimary),
  targets: z.array(TaskTarget),
  /** Alternatives, one of which a request meets that is copied; empty: every request is copied. */
  match: z.array(RequestMatchInput),
  /** Routes whose requests are copied, as they were chosen; null: every one that led to the service then. */
  routes: z.nullable(z.array(RouteChoiceInput)),
  safety: TaskSafety,
  /** Null: the share stays as it is. */
  ramp: z.nullable(TaskRamp),
  percentageSince: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** `inputHash` of the request that made it: a form tells its own second submit from somebody's task. */
  inputHash: z.string(),
  /** The lowest of the targets' that can be told, each of which has its own; else why the first cannot. */
  coverage: z.nullable(Coverage),
  /** On one task's own answer while it is paused or finished; null in lists. */
  stop: z.nullable(TaskStop),
  report: z.nullable(TaskReport),
  /** Finished, with the new version's workload left standing. */
  keepsWorkload: z.boolean(),
  /** What `adopt` would make of a drifted task; null where it is not offered. */
  adoption: z.nullable(Message),
  operation: z.nullable(TaskOperation),
  steps: z.array(TaskStep),
  actions: z.array(TaskAction),
  /** Shell command that stops the copies when the console is down. */
  stopCommand: z.string(),
});
export type Task = z.infer<typeof Task>;

export const TaskList = z.object({
  items: z.array(Task),
  continue: z.optional(z.string()),
  /** Tasks per state, and `attention`: those that need a person, by their state or by copies that do not stop. */
  counts: z.record(z.string(), z.number()),
  /**
   * What is not among the items: records that cannot be read, and, in the list of one namespace, objects in which a task
   * left something that has no record any more. They are left as they are.
   */
  problems: z.array(Message),
});
export type TaskList = z.infer<typeof TaskList>;

/** POST /api/tasks/stop: every task that copies requests, or would come to. One that is not listed copies nothing. */
export const StopList = z.object({
  items: z.array(
    z.object({
      namespace: z.string(),
      name: z.string(),
      service: z.string(),
      /** With `?dryRun=true`: what it would be. `stopping`: an operation runs already that ends with no copies. */
      outcome: z.enum(['accepted', 'stopping', 'refused']),
      reason: z.nullable(Message),
      /** Shell command that stops the copies by hand. */
      stopCommand: z.string(),
    }),
  ),
  /** As in `TaskList`: whether these copy anything is not known. */
  problems: z.array(Message),
});
export type StopList = z.infer<typeof StopList>;

export const PlanCheck = z.object({
  code: z.string(),
  severity: z.enum(['pass', 'warn', 'fail', 'unknown']),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
  object: z.nullable(ObjectRef),
  /** What to do, in words; null when the check passed. */
  action: z.nullable(z.string()),
});
export type PlanCheck = z.infer<typeof PlanCheck>;

/** What a creation of a standing task would be told at that moment; no checks of a finished one. */
export const TaskChecks = z.object({ checkedAt: z.string(), checks: z.array(PlanCheck) });
export type TaskChecks = z.infer<typeof TaskChecks>;

export const PlanChange = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  action: z.enum(['create', 'update', 'delete']),
  /** YAML as it stands; null when the object is created. */
  before: z.nullable(z.string()),
  /** YAML after the server's dry run; null when the object is deleted. */
  after: z.nullable(z.string()),
});
export type PlanChange = z.infer<typeof PlanChange>;

export const BasisEntry = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
});
export type BasisEntry = z.infer<typeof BasisEntry>;

/** A route that leads to the service: what it takes, and whether its requests can be copied. */
export const PlanRoute = z.object({
  namespace: z.string(),
  virtualService: z.string(),
  /** Its name, or `#` and a hash: what `routes` of a request names. */
  route: z.string(),
  /** `mesh`: the callers' own proxies have it. Empty: those that have whatever delegates to it. */
  gateways: z.array(z.string()),
  /** Alternatives, each of conditions that hold together; none: every request. */
  match: z.array(z.array(Message)),
  canMirror: z.boolean(),
  chosen: z.boolean(),
  /** Why its requests cannot be copied. */
  reason: z.nullable(Message),
});
export type PlanRoute = z.infer<typeof PlanRoute>;

const JsonPatchOperation = z.union([
  z.object({ op: z.enum(['test', 'add', 'replace']), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: z.string() }),
]);

/** What the owner of a shared object is asked to do for a task that does not write it. */
export const ObjectPatch = z.object({
  ...ObjectRef.shape,
  /** Entries go in, or out. */
  direction: z.enum(['in', 'out']),
  /** The tool that owns the object; null where none is seen. */
  tool: z.nullable(z.string()),
  /** It is seen in the live object: nothing is to be done any more. */
  landed: z.boolean(),
  /** Why no patch can be made of the object as it stands. */
  problem: z.nullable(Message),
  /** Null where there is nothing to do, or nothing that can be done. */
  forms: z.nullable(
    z.object({
      /** The object whole, as it is to be. */
      yaml: z.string(),
      /** A patch of the owner's manifest; null: the one that stands in his kustomization is to be taken out. */
      kustomize: z.nullable(z.string()),
      /** A shell line that patches the live object. */
      kubectl: z.string(),
      /** The JSON patch (RFC 6902) of that line. */
      operations: z.array(JsonPatchOperation),
    }),
  ),
  /** Argo CD's settings for whoever prefers that the console writes; null for other owners. */
  ignoreDifferences: z.nullable(z.string()),
});
export type ObjectPatch = z.infer<typeof ObjectPatch>;

/** GET /api/tasks/{ns}/{name}/patch: what the task's operation waits for, as its objects stand now. */
export const PatchList = z.object({ items: z.array(ObjectPatch) });
export type PatchList = z.infer<typeof PatchList>;

const DeliveryChoice = z.object({
  chosen: Delivery,
  /** `patch` where the owner's tool takes writes of others back. */
  proposed: Delivery,
  /** Objects that the task changes and a tool owns. */
  owners: z.array(
    z.object({
      ...ObjectRef.shape,
      tool: z.string(),
      /** False where the tool makes the object itself: there is nothing that a patch could be put into. */
      hasManifest: z.boolean(),
      ignoreDifferences: z.nullable(z.string()),
    }),
  ),
});

export const Plan = z.object({
  feasible: z.boolean(),
  placement: z.nullable(z.enum(['dedicated', 'subset'])),
  placementReason: z.nullable(Message),
  /** Null for a verb on a task that stands. */
  delivery: z.nullable(DeliveryChoice),
  basis: z.array(BasisEntry),
  checks: z.array(PlanCheck),
  steps: z.array(z.object({ id: z.string(), verb: TaskStep.shape.verb, object: z.nullable(ObjectRef) })),
  /** What owners of shared objects are to do; empty where the console writes them. */
  patches: z.array(ObjectPatch),
  changes: z.array(PlanChange),
  /** Of a creation: the routes that lead to the service; of another verb: none are listed. */
  routes: z.array(PlanRoute),
});
export type Plan = z.infer<typeof Plan>;

export const ManifestItem = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  relation: z.enum(['created', 'edited']),
  /** YAML with our entries taken out; null for an object we made. */
  before: z.nullable(z.string()),
  /** YAML as it stands; null when it is missing. */
  now: z.nullable(z.string()),
  /** The user may not read this kind: both texts are null. */
  hidden: z.optional(z.boolean()),
});
export const ManifestList = z.object({ items: z.array(ManifestItem) });
export type ManifestList = z.infer<typeof ManifestList>;

export const TaskPod = z.object({
  side: z.enum(['primary', 'mirror']),
  workload: z.string(),
  name: z.string(),
  ready: z.boolean(),
  /** Running, Pending, ImagePullBackOff, CrashLoopBackOff, Terminating… as kubectl prints it. */
  status: z.string(),
  restarts: z.number(),
  createdAt: z.string(),
  cpuMillicores: z.nullable(z.number()),
  memoryMebibytes: z.nullable(z.number()),
});
export const TaskPodList = z.object({ items: z.array(TaskPod) });
export type TaskPodList = z.infer<typeof TaskPodList>;

/** Commands and queries by which an operator sees for himself what a task does, without this console. */
export const VerificationList = z.object({
  items: z.array(
    z.object({
      id: z.enum([
        'routes',
        'analyze',
        'proxy_routes',
        'live_rate',
        'mirror_rate',
        'live_logs',
        'mirror_logs',
        'live_requests',
        'mirror_requests',
      ]),
      language: z.enum(['shell', 'promql']),
      command: z.string(),
      /** The object or port that it is about. */
      about: z.string(),
    }),
  ),
  /** Kinds that the user may not read: what would be said of their objects is missing. */
  unreadable: z.array(z.string()),
});
export type VerificationList = z.infer<typeof VerificationList>;

const LoggedAnswer = z.object({
  /** HTTP status; 0 when the client left before one was sent. */
  code: z.number(),
  /** Envoy's response flags, `-` for none. */
  flags: z.string(),
  durationMs: z.number(),
  pod: z.string(),
});

/** Requests that both sides have received, joined by their id from the sidecars' access logs, the latest first. */
export const TaskRequests = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      method: z.string(),
      path: z.string(),
      primary: LoggedAnswer,
      mirror: LoggedAnswer,
    }),
  ),
  /** Last lines of each sidecar's log that were looked at. */
  linesPerPod: z.number(),
  /** Why no request was found on both sides; null when some were. */
  reason: z.nullable(Message),
});
export type TaskRequests = z.infer<typeof TaskRequests>;

export const ActivityItem = z.object({
  at: z.string(),
  by: z.string(),
  namespace: z.string(),
  task: z.string(),
  verb: z.string(),
  outcome: z.enum(['started', 'done', 'failed', 'interrupted']),
  percentage: z.nullable(z.number()),
  /** Of each target, where the task has several. */
  percentages: z.optional(z.array(z.number())),
  detail: z.nullable(Message),
});
export const ActivityList = z.object({ items: z.array(ActivityItem) });
export type ActivityList = z.infer<typeof ActivityList>;
