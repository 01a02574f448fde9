import type {
  Container,
  Deployment,
  DestinationRule,
  HttpRoute,
  ObjectRef,
  Service,
  ServiceEntry,
  VirtualService,
} from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import type { Ramp } from './ramp.ts';
import type { RequestSelection } from './request-match.ts';

/** States in their order of precedence (design: lifecycle); also the default order of the list, see `stateOrder`. */
export const taskStates = [
  'Deleting',
  'Incomplete',
  'Drifted',
  'Degraded',
  'Preparing',
  'Mirroring',
  'Paused',
  'Finished',
] as const;
export type TaskState = (typeof taskStates)[number];

/** States that always need a person; see `needsAttention`. */
const attentionStates = ['Degraded', 'Drifted', 'Incomplete'] as const satisfies readonly TaskState[];

/** True for a task that needs a person: by its state, or stopped with copies that still arrive. */
export function needsAttention({ state, reason }: { state: TaskState; reason: { code: string } | null }): boolean {
  return attentionStates.some((one) => one === state) || (reason !== null && isStray(reason.code));
}

function isStray(code: string): boolean {
  return code === 'copies_while_paused' || code === 'copies_while_finished';
}

/** The list's default order: what needs a person first. */
export const stateOrder: readonly TaskState[] = [
  'Degraded',
  'Drifted',
  'Incomplete',
  'Deleting',
  'Preparing',
  'Mirroring',
  'Paused',
  'Finished',
];

export const placements = ['dedicated', 'subset'] as const;
export type Placement = (typeof placements)[number];

/**
 * How changes of objects that are not the task's own get there: the console writes them, or shows them to the objects'
 * owner as a patch and waits until it sees them.
 */
export const deliveries = ['write', 'patch'] as const;
export type Delivery = (typeof deliveries)[number];

/**
 * What changes a task. `retry` continues an interrupted operation, `rollback` takes it back. `restore` puts back what
 * others changed of it, `adopt` takes that over as what the task is to be.
 */
export const taskVerbs = [
  'create',
  'change',
  'pause',
  'resume',
  'finish',
  'delete',
  'retry',
  'rollback',
  'restore',
  'adopt',
] as const;
export type TaskVerb = (typeof taskVerbs)[number];

/** A verb that runs steps of its own; retry and rollback continue or undo one of these. */
export type OperationVerb = Exclude<TaskVerb, 'retry' | 'rollback'> | 'rollback';

/** A new version: our own Deployment, copied from the live workload with these changes. */
export interface NewVersionTarget {
  kind: 'version';
  version: string;
  replicas: number;
  containers: ContainerChange[];
}

/** An existing Deployment becomes the mirror; it must receive no live request. */
export interface ExistingWorkloadTarget {
  kind: 'version';
  existing: string;
}

/** What the operator changed of one copied container; an absent field keeps the live container's. */
export type ContainerChange = Pick<Container, 'name'> & Partial<Pick<Container, 'image' | 'env' | 'resources'>>;

/** What of a new version can be changed while its task runs: fields of its Deployment; absent ones are not touched. */
export type WorkloadFields = Partial<Pick<NewVersionTarget, 'replicas'>> & Pick<NewVersionTarget, 'containers'>;

/** A change of the fields of a new version's Deployment that both sides name. */
export interface WorkloadChange {
  /** What stood there when the change began. */
  from: WorkloadFields;
  to: WorkloadFields;
  /** The change takes back another one. */
  takesBack: boolean;
}

/** A change of the Deployment of one of a task's targets. */
export interface TargetWorkloadChange extends WorkloadChange {
  /** The target's id. */
  target: string;
}

/** Another Service of the mesh, with clients of its own: nothing of it is the task's. */
export interface ServiceTarget {
  kind: 'service';
  namespace: string;
  name: string;
  /** Port of that Service which gets the copies, whatever port the live requests come for. */
  port: number;
}

/** A host outside the mesh: nothing there is the task's, and nobody in the mesh counts what arrives. */
export interface ExternalTarget {
  kind: 'external';
  host: string;
  /** Where the host listens. */
  port: number;
  /** The callers' proxies speak TLS to it. */
  tls: boolean;
}

export type VersionTarget = NewVersionTarget | ExistingWorkloadTarget;

export type ElsewhereTarget = ServiceTarget | ExternalTarget;

export type TargetInput = VersionTarget | ElsewhereTarget;

/**
 * Identifies one http route of a shared VirtualService that is somebody else's: by its name when it has one,
 * else by a hash of its match and destinations, never by its position. See `routeKey`.
 */
export interface RouteKey {
  name: string | null;
  hash: string;
  /** Names (null: none) of the routes that had the same hash when the task was planned: never this one renamed. */
  twins?: (string | null)[];
}

/**
 * One http route of a VirtualService, as an operator chooses it: by its name, or `#` and the hash of what it takes and
 * where it leads where it has none. Its position says nothing: owners put routes in between.
 */
export interface RouteChoice {
  namespace: string;
  virtualService: string;
  route: string;
}

/** A destination with the fields that the console always writes: FQDN host and port number. */
export interface MirrorDestination {
  host: string;
  subset: string | null;
  port: number;
}

/** One entry of ours in a shared (or own) VirtualService: "this route copies to that destination". */
export interface MirrorEntry {
  virtualService: { namespace: string; name: string };
  route: RouteKey;
  /**
   * The owner's route that it began with, where the route is a clone: those in between may go for good. Absent: the
   * route itself, or not known.
   */
  origin?: RouteKey;
  /** Id of the target that gets the copies; absent: of the task's first. */
  target?: string;
  destination: MirrorDestination;
  /** Port of the service whose requests are copied; absent: the destination's, which is the same port of its mirror. */
  port?: number;
  /** The route is a clone of ours (narrower than its original): removed by name when the entry goes. Null: no clone. */
  cloneName: string | null;
  /** Port that the clone's conditions name; null: none, for every request has the same. Absent: the copied one. */
  matchPort?: number | null;
  /** Mirror fields that stood on the route before us; a foreign `mirror` moves into `mirrors` while we are there. */
  replaced: MirrorFields | null;
}

/** The fields of a route that say what is copied where. */
export type MirrorFields = Pick<
  HttpRoute,
  'mirror' | 'mirrors' | 'mirrorPercentage' | 'mirrorPercent' | 'mirror_percent'
>;

/** One route destination of a shared VirtualService that we gave a subset, and what stood there before. */
export interface Pin {
  virtualService: { namespace: string; name: string };
  route: RouteKey;
  /** Index of the destination within the route. */
  destinationIndex: number;
  subset: string;
}

/** The DestinationRule whose subsets the task needs; `created`: the object is ours. */
export interface SubsetPlan {
  destinationRule: { namespace: string; name: string };
  created: boolean;
  /** `spec.subsets` stood in the owner's rule before us: an empty list is left, not taken away. */
  hadSubsets: boolean;
  host: string;
  subsets: { name: string; labels: Record<string, string>; role: 'primary' | 'mirror'; created: boolean }[];
  /** The effective trafficPolicy copied into a rule of ours, so that it does not silently vanish. */
  trafficPolicy: object | null;
}

/** What keeps the mirror's pods from doing harm, as objects of the task's own that select them: see `policiesOf`. */
export interface TaskPolicies {
  /** Their proxies refuse every method but the safe ones. */
  denyWrites: boolean;
  /** Their proxies mark every request for the application. */
  marker: boolean;
  /** Labels that the mirror's pods have and no others. */
  selector: Record<string, string>;
  /** API version of security.istio.io that the cluster serves and we write, e.g. security.istio.io/v1. */
  securityApiVersion: string;
}

/** Objects of ours for a host outside the mesh. */
export interface ExternalObjects {
  serviceEntry: ServiceEntry;
  /** Has the callers' proxies speak TLS to the host; null where plain HTTP was asked for. */
  tlsRule: DestinationRule | null;
}

/**
 * Where a target is on its way to while a change of a running task adds or removes it. `rejoining`: its removal is taken
 * back.
 */
export const passages = ['joining', 'rejoining', 'leaving'] as const;
export type Passage = (typeof passages)[number];

/** One receiver of a task's copies, resolved at plan time. */
export interface TaskTarget {
  /** Unique within the task. */
  id: string;
  /** Absent: it stays. */
  passage?: Passage;
  /**
   * What the task makes for it is named after the task alone, or (false) after the target, too: see `ownNameOf`. Absent:
   * the former where it is the only target.
   */
  hasTaskName?: boolean;
  input: TargetInput;
  /** Share of the selected requests that is copied to it. */
  percentage: number;
  /** Where the mirror's pods stand; null for a target that is not the service's own: nothing is placed. */
  placement: Placement | null;
  placementReason: MessageRef;
  /** Deployment of the service that gets the copies; null where they go elsewhere: see `targets.ts`. */
  workload: string | null;
  /** Its version; empty where there is none. */
  version: string;
  /** True: the task made the Deployment and removes it. */
  created: boolean;
  /** Deployments behind a Service that gets the copies, as planned: their requests are what can be measured of it. */
  behind?: string[];
  /** The Deployment to create, whole; null for an existing workload. */
  deployment: Deployment | null;
  /** The Service of ours that names the mirror's pods (dedicated placement); null in subset placement. */
  mirrorService: Service | null;
  /** What makes a host outside known to the callers' proxies, whole; absent or null: nothing of ours is needed. */
  external?: ExternalObjects | null;
  /** Null: the task makes none. Absent in records of older versions: none either. */
  policies?: TaskPolicies | null;
}

/** A task's targets: one at least. */
export type TaskTargets = [TaskTarget, ...TaskTarget[]];

/** Everything a task is, resolved at plan time; stored in its record. Steps and edits are pure functions of it. */
export interface TaskSpec {
  namespace: string;
  name: string;
  description: string;
  service: { name: string; host: string; ports: number[] };
  /** Absent: `write`. */
  delivery?: Delivery;
  /** Which requests are copied; absent: all. */
  selection?: RequestSelection;
  /** Routes whose requests are copied, as they were chosen; absent: every one that led to the service then. */
  routes?: readonly RouteChoice[];
  /** Live workloads (Deployments) that answer clients. */
  primary: { workload: string; version: string }[];
  targets: TaskTargets;
  /** A VirtualService of ours, whole, where the service had none; null: the owner's are edited. */
  virtualService: VirtualService | null;
  /** Which routes copy where; every target has the same ones. */
  entries: MirrorEntry[];
  /**
   * Entries of another selection, while it is changed, or of targets that leave: what of them stands goes in the very
   * write that puts the entries of the same object in. Absent: none.
   */
  leaving?: MirrorEntry[];
  /**
   * The entries copy every request of the service's chosen ports and no other one, as planned; false: how many copies
   * to expect is not known. Absent in records of older versions. `stillCopiesEveryRequest` tells it of today.
   */
  copiesEveryRequest?: boolean;
  pins: Pin[];
  subsets: SubsetPlan | null;
  /** API version of networking.istio.io that the cluster serves and we write, e.g. networking.istio.io/v1. */
  istioApiVersion: string;
}

export type StepState = 'pending' | 'done' | 'failed';

/** One step of a verb, in order. `wait` and `settle` write nothing. */
export interface Step {
  /** Stable within a verb, e.g. `workload`, `settle-pin`. Also the key of its text: `step.<id>`. */
  id: string;
  verb: 'create' | 'update' | 'delete' | 'wait' | 'settle';
  object: ObjectRef | null;
}

export interface StepProgress extends Step {
  state: StepState;
  message: MessageRef | null;
}

/** Which requests a task copies; `selection` null: all. The entries to it are the spec's `leaving` meanwhile. */
export interface Selected extends Pick<TaskSpec, 'copiesEveryRequest'> {
  selection: RequestSelection | null;
}

/** The lock of a running verb, and its journal. */
export interface Operation {
  verb: OperationVerb;
  /** The replica that drives it. */
  holder: string;
  startedAt: string;
  /** By the driver's clock, which may differ from everybody else's: a mark that changes, no time to compare with. */
  renewedAt: string;
  /** The driver gave the lock up in the middle, on demand: whoever wants to goes on at once. Absent: it did not. */
  released?: boolean;
  startedBy: string;
  steps: StepProgress[];
  /** What the task was to be before the verb, so that it can be taken back: see `rollbackOf`. Absent: not known. */
  before?: {
    desired: 'mirroring' | 'paused';
    percentages: number[];
    selected?: Selected;
    /** Ids of the targets that it had, while some are added or removed; absent: those that it has. */
    targets?: string[];
  } | null;
  /** What a change makes of the Deployments of new versions; absent: nothing. */
  workloads?: TargetWorkloadChange[];
  /** It goes on with one that may have put in entries, however far it has come itself. Absent: it does not. */
  mayHavePutIn?: boolean;
  /** Who asked the driver to stop, so that another verb can take over; absent or null: nobody. */
  cancelRequestedBy?: string | null;
}

/** The task's own state in the cluster: ConfigMap `mirror-console.<task>`, key `record`, JSON. */
export interface TaskRecord {
  schemaVersion: 2;
  spec: TaskSpec;
  createdAt: string;
  createdBy: string;
  inputHash: string;
  percentageSince: string;
  /** The targets' shares since then: one that was changed while the task was paused is not in force yet. Absent: the spec's. */
  mirroredPercentages?: number[];
  /** What the operator wants when no operation runs. */
  desired: 'mirroring' | 'paused' | 'finished' | 'deleted';
  desiredSince: string;
  /**
   * False until the creation is sure that no other task shares what it edits: nothing but the record was written, and
   * what stands there is another's. Absent in records of older versions.
   */
  begun?: boolean;
  /** Finished, and the new version's workload was left standing: it goes with the task. Absent: false. */
  keepsWorkload?: boolean;
  /** How the share is raised step by step; absent or null: it is not. */
  ramp?: Ramp | null;
  /** What was measured until the task was finished; absent or null before. */
  report?: TaskReport | null;
  operation: Operation | null;
  activity: ActivityEntry[];
}

/** Figures of a finished task, frozen: they outlive the metrics that they were made from. */
export interface TaskReport {
  /** What they cover: the last stretch with one percentage, ISO times. */
  begin: string;
  end: string;
  /** Share of the requests that was copied in that stretch to the first target, in percent. */
  percentage: number;
  /** Null until they are measured, and when they cannot be: `reason` says why. */
  figures: ReportFigures | null;
  reason: MessageRef | null;
  /** The same of every other target; absent where there is none. */
  others?: TargetReport[];
}

/** Figures of a target beside the first, over the same stretch. */
export interface TargetReport extends Pick<TaskReport, 'percentage' | 'figures' | 'reason'> {
  /** The target's id. */
  target: string;
}

export interface ReportFigures {
  coverage: {
    value: number | null;
    low: number | null;
    high: number | null;
    arrivedPerSecond: number | null;
    expectedPerSecond: number | null;
    reason: MessageRef | null;
  };
  sides: ReportSide[];
  differences: ReportDifference[];
}

/** One side's figures; null where nothing was measured. */
export interface ReportSide {
  side: 'primary' | 'mirror';
  requests: number | null;
  successPercent: number | null;
  /** Milliseconds. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** Mirror minus live, with its 95 % interval where one can be told. */
export interface ReportDifference {
  metric: 'success' | 'latency_p95';
  value: number | null;
  low: number | null;
  high: number | null;
  unit: 'percentage_points' | 'milliseconds';
  /** Copies that it stands on. */
  samples: number | null;
}

export interface ActivityEntry {
  at: string;
  by: string;
  verb: TaskVerb;
  /** started | done | failed | interrupted */
  outcome: 'started' | 'done' | 'failed' | 'interrupted';
  detail: MessageRef | null;
  /** Of the first target, or of the only one. */
  percentage: number | null;
  /** Of each target; absent where there is one. */
  percentages?: number[];
}

export const recordNamePrefix = 'mirror-console.';
export const managedByLabel = { key: 'app.kubernetes.io/managed-by', value: 'mirror-console' } as const;
export const taskLabel = 'mirror-console.io/task';
export const fieldManager = 'mirror-console';
