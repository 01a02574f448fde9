/** The defaults that the API server writes into built-in objects. They change the object they get. */
import type { KubeObject } from '../core/objects.ts';
import { isObject, type JsonObject } from './json.ts';

function setDefault(object: JsonObject, field: string, value: unknown): void {
  if (object[field] === undefined) object[field] = value;
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function defaultProbe(probe: unknown): void {
  if (!isObject(probe)) return;
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  if (isObject(probe['httpGet'])) {
    setDefault(probe['httpGet'], 'path', '/');
    setDefault(probe['httpGet'], 'scheme', 'HTTP');
  }
}

function pullPolicy(image: unknown): string {
  const tag = /:([^/:@]+)$/.exec(String(image ?? ''))?.[1];
  return String(image).includes('@') || (tag !== undefined && tag !== 'latest') ? 'IfNotPresent' : 'Always';
}

function defaultContainer(container: JsonObject): void {
  setDefault(container, 'imagePullPolicy', pullPolicy(container['image']));
  setDefault(container, 'resources', {});
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  for (const port of objects(container['ports'])) setDefault(port, 'protocol', 'TCP');
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(container[probe]);
  for (const variable of objects(container['env'])) {
    const source = variable['valueFrom'];
    if (isObject(source) && isObject(source['fieldRef'])) setDefault(source['fieldRef'], 'apiVersion', 'v1');
  }
}

/** In a Pod, not in a template, a limit without a request is the request. */
function defaultRequests(container: JsonObject): void {
  const resources = container['resources'];
  if (!isObject(resources) || !isObject(resources['limits'])) return;
  const requests: JsonObject = isObject(resources['requests']) ? resources['requests'] : {};
  for (const [name, amount] of Object.entries(resources['limits'])) setDefault(requests, name, amount);
  resources['requests'] = requests;
}

function defaultVolume(volume: JsonObject): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) volume['emptyDir'] = {};
  for (const source of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    const value = volume[source];
    if (isObject(value)) setDefault(value, 'defaultMode', 420);
  }
}

/** Defaults of a PodSpec, in a Pod or in a template. */
export function defaultPodSpec(spec: JsonObject): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  if (spec['serviceAccountName'] !== undefined) setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  else if (spec['serviceAccount'] !== undefined) spec['serviceAccountName'] = spec['serviceAccount'];
  for (const container of [...objects(spec['initContainers']), ...objects(spec['containers'])])
    defaultContainer(container);
  for (const volume of objects(spec['volumes'])) defaultVolume(volume);
}

function defaultTemplate(spec: JsonObject): void {
  const template = spec['template'];
  if (isObject(template) && isObject(template['spec'])) defaultPodSpec(template['spec']);
}

function defaultDeployment(spec: JsonObject): void {
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  setDefault(spec, 'strategy', { type: 'RollingUpdate' });
  const strategy = spec['strategy'];
  if (isObject(strategy)) {
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') {
      setDefault(strategy, 'rollingUpdate', {});
      const rollingUpdate = strategy['rollingUpdate'];
      if (isObject(rollingUpdate)) {
        setDefault(rollingUpdate, 'maxUnavailable', '25%');
        setDefault(rollingUpdate, 'maxSurge', '25%');
      }
    }
  }
  defaultTemplate(spec);
}

function defaultStatefulSet(spec: JsonObject): void {
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'updateStrategy', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  setDefault(spec, 'persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' });
  defaultTemplate(spec);
}

function defaultService(spec: JsonObject): void {
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['type'] !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  for (const port of objects(spec['ports'])) {
    setDefault(port, 'protocol', 'TCP');
    setDefault(port, 'targetPort', port['port']);
  }
}

const specDefaults: Record<string, (spec: JsonObject) => void> = {
  Deployment: defaultDeployment,
  ReplicaSet: (spec) => {
    setDefault(spec, 'replicas', 1);
    defaultTemplate(spec);
  },
  StatefulSet: defaultStatefulSet,
  DaemonSet: (spec) => {
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'updateStrategy', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
    defaultTemplate(spec);
  },
  Pod: (spec) => {
    defaultPodSpec(spec);
    for (const container of objects(spec['containers'])) defaultRequests(container);
    setDefault(spec, 'enableServiceLinks', true);
    setDefault(spec, 'serviceAccountName', 'default');
    setDefault(spec, 'serviceAccount', spec['serviceAccountName']);
  },
  Service: defaultService,
  HorizontalPodAutoscaler: (spec) => setDefault(spec, 'minReplicas', 1),
  NetworkPolicy: (spec) => {
    setDefault(spec, 'policyTypes', ['Ingress', ...(spec['egress'] ? ['Egress'] : [])]);
  },
};

/** Fills in the defaults of a built-in object. */
export function applyDefaults(object: KubeObject): void {
  if (isObject(object['spec'])) specDefaults[object.kind]?.(object['spec']);
  if (object.kind === 'Secret') setDefault(object, 'type', 'Opaque');
  if (object.kind === 'Namespace') {
    const labels = (object.metadata.labels ??= {});
    labels['kubernetes.io/metadata.name'] ??= object.metadata.name;
  }
  if (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding') {
    for (const subject of objects(object['subjects'])) {
      setDefault(subject, 'apiGroup', subject['kind'] === 'ServiceAccount' ? '' : 'rbac.authorization.k8s.io');
      if (subject['apiGroup'] === '') delete subject['apiGroup'];
    }
  }
}

/** The status of a new object, and what else the server sets without anybody owning it. */
const initialStates: Record<string, (object: KubeObject) => object> = {
  Deployment: () => ({ status: {} }),
  ReplicaSet: () => ({ status: { replicas: 0 } }),
  StatefulSet: () => ({ status: { replicas: 0, availableReplicas: 0 } }),
  DaemonSet: () => ({
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  }),
  Pod: () => ({ status: { phase: 'Pending', qosClass: 'Burstable' } }),
  Service: () => ({ status: { loadBalancer: {} } }),
  ResourceQuota: () => ({ status: {} }),
  PersistentVolumeClaim: () => ({ status: { phase: 'Pending' } }),
  Namespace: (object) => ({ spec: { ...object['spec'], finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
};

/** Gives a new built-in object its first state; `status` must already be empty. */
export function setInitialState(object: KubeObject): void {
  Object.assign(object, initialStates[object.kind]?.(object));
}
