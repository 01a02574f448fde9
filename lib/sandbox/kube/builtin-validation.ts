/** The validations of built-in kinds that clients meet in practice. */
import type { KubeObject } from '../core/objects.ts';
import { deepEqual, isObject, type JsonObject } from './json.ts';
import { parseQuantity } from './quantity.ts';
import { validateLabels } from './metadata-validation.ts';
import { selectsLabels } from './selectors.ts';
import {
  duplicateValue,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from './status.ts';

const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const configMapLimitBytes = 1024 * 1024;
const immutable = 'field is immutable';

function items(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;
}

const portRule = 'must be between 1 and 65535, inclusive';

function validateResources(resources: unknown, path: string): FieldError[] {
  if (!isObject(resources) || !isObject(resources['requests']) || !isObject(resources['limits'])) return [];
  const { limits } = resources;
  return Object.entries(resources['requests']).flatMap(([name, amount]) =>
    limits[name] !== undefined && parseQuantity(amount) > parseQuantity(limits[name])
      ? [
          invalidValue(
            `${path}.requests`,
            amount,
            `must be less than or equal to ${name} limit of ${String(limits[name])}`,
          ),
        ]
      : [],
  );
}

function validateContainers(containers: JsonObject[], path: string, isRequired: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (isRequired && containers.length === 0) errors.push(required(path));
  const names = new Set<unknown>();
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    const { name, image } = container;
    if (!name) errors.push(required(`${at}.name`));
    else if (!dnsLabel.test(String(name))) {
      errors.push(
        invalidValue(
          `${at}.name`,
          name,
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ),
      );
    } else if (names.has(name)) errors.push(duplicateValue(`${at}.name`, name));
    names.add(name);
    if (!image) errors.push(required(`${at}.image`));
    const pull = container['imagePullPolicy'];
    if (!['Always', 'IfNotPresent', 'Never'].includes(String(pull))) {
      errors.push(notSupported(`${at}.imagePullPolicy`, pull, ['Always', 'IfNotPresent', 'Never']));
    }
    items(container['ports']).forEach((port, portIndex) => {
      const portPath = `${at}.ports[${portIndex}].containerPort`;
      if (!port['containerPort']) errors.push(required(portPath));
      else if (!isPort(port['containerPort'])) errors.push(invalidValue(portPath, port['containerPort'], portRule));
    });
    errors.push(...validateResources(container['resources'], `${at}.resources`));
    items(container['env']).forEach((variable, envIndex) => {
      const envPath = `${at}.env[${envIndex}]`;
      if (!variable['name']) errors.push(required(`${envPath}.name`));
      if (variable['value'] && variable['valueFrom']) {
        errors.push(invalidValue(`${envPath}.valueFrom`, '', 'may not be specified when `value` is not empty'));
      }
    });
  });
  return errors;
}

function validatePodSpec(spec: unknown, path: string): FieldError[] {
  if (!isObject(spec)) return [required(`${path}.containers`)];
  const errors = [
    ...validateContainers(items(spec['initContainers']), `${path}.initContainers`, false),
    ...validateContainers(items(spec['containers']), `${path}.containers`, true),
  ];
  const volumes = new Set(items(spec['volumes']).map((volume) => volume['name']));
  items(spec['containers']).forEach((container, index) => {
    items(container['volumeMounts']).forEach((mount, mountIndex) => {
      if (!volumes.has(mount['name'])) {
        errors.push({
          field: `${path}.containers[${index}].volumeMounts[${mountIndex}].name`,
          reason: 'FieldValueNotFound',
          message: `Not found: ${JSON.stringify(mount['name'])}`,
        });
      }
    });
  });
  return errors;
}

interface PodTemplateOwnerSpec {
  replicas?: number;
  selector?: { matchLabels?: Record<string, string> };
  template?: { metadata?: { labels?: Record<string, string> }; spec?: JsonObject };
}

function validateTemplateOwner(spec: PodTemplateOwnerSpec = {}): FieldError[] {
  const errors: FieldError[] = [];
  const { replicas, selector, template } = spec;
  if (replicas !== undefined && replicas < 0) {
    errors.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  if (!selector) errors.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) {
    errors.push(invalidValue('spec.selector', selector, 'empty selector is invalid for deployment'));
  }
  errors.push(...validateLabels(selector?.matchLabels, 'spec.selector.matchLabels'));
  const labels = template?.metadata?.labels;
  if (!selectsLabels(selector, labels)) {
    errors.push(
      invalidValue('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`'),
    );
  }
  errors.push(...validateLabels(labels, 'spec.template.labels'));
  const restartPolicy = template?.spec?.['restartPolicy'];
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  return [...errors, ...validatePodSpec(template?.spec, 'spec.template.spec')];
}

function validateStrategy(type: unknown): FieldError[] {
  const types = ['Recreate', 'RollingUpdate'];
  return types.includes(String(type))
    ? []
    : [notSupported('spec.strategy', { Type: type, RollingUpdate: null }, types)];
}

function validateService(service: KubeObject): FieldError[] {
  const spec: JsonObject = isObject(service['spec']) ? service['spec'] : {};
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
  const errors: FieldError[] = [];
  if (!types.includes(String(spec['type']))) errors.push(notSupported('spec.type', spec['type'], types));
  const ports = items(spec['ports']);
  if (ports.length === 0 && spec['clusterIP'] !== 'None' && spec['type'] !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  if (spec['type'] === 'ExternalName' && !spec['externalName']) errors.push(required('spec.externalName'));
  const names = new Set<unknown>();
  ports.forEach((port, index) => {
    const at = `spec.ports[${index}]`;
    if (ports.length > 1 && !port['name']) errors.push(required(`${at}.name`));
    if (port['name'] && names.has(port['name'])) errors.push(duplicateValue(`${at}.name`, port['name']));
    names.add(port['name']);
    if (!isPort(port['port'])) errors.push(invalidValue(`${at}.port`, port['port'] ?? 0, portRule));
    const target = port['targetPort'];
    if (typeof target === 'number' && !isPort(target)) errors.push(invalidValue(`${at}.targetPort`, target, portRule));
  });
  return [...errors, ...validateLabels(spec['selector'] as Record<string, string> | undefined, 'spec.selector')];
}

function validateConfigMap(configMap: KubeObject): FieldError[] {
  const entries = [...Object.entries(configMap['data'] ?? {}), ...Object.entries(configMap['binaryData'] ?? {})];
  const errors = entries.flatMap(([key]) =>
    /^[-._a-zA-Z0-9]+$/.test(key) && key.length <= 253
      ? []
      : [
          invalidValue(
            `data[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        ],
  );
  const bytes = entries.reduce((total, [, value]) => total + Buffer.byteLength(String(value)), 0);
  if (bytes > configMapLimitBytes) errors.push(tooLong('', configMapLimitBytes));
  return errors;
}

const byKind: Record<string, (object: KubeObject) => FieldError[]> = {
  Deployment: (object) => [
    ...validateTemplateOwner(object['spec']),
    ...validateStrategy(object['spec']?.strategy?.type),
  ],
  ReplicaSet: (object) => validateTemplateOwner(object['spec']),
  StatefulSet: (object) => validateTemplateOwner(object['spec']),
  DaemonSet: (object) => validateTemplateOwner(object['spec']),
  Pod: (object) => validatePodSpec(object['spec'], 'spec'),
  Service: validateService,
  ConfigMap: validateConfigMap,
};

const immutableFields: Record<string, string[]> = {
  Deployment: ['spec.selector'],
  ReplicaSet: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  StatefulSet: ['spec.selector', 'spec.serviceName'],
  Secret: ['type'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
};

function read(object: KubeObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);
}

/** The part of a running Pod that may change. */
function withoutChangeablePodFields(spec: unknown): unknown {
  if (!isObject(spec)) return spec;
  const withoutImages = (list: unknown) => items(list).map(({ image: _image, ...container }) => container);
  const {
    tolerations: _tolerations,
    activeDeadlineSeconds: _deadline,
    terminationGracePeriodSeconds: _grace,
    ...rest
  } = spec;
  return {
    ...rest,
    containers: withoutImages(spec['containers']),
    initContainers: withoutImages(spec['initContainers']),
  };
}

/** Findings on a built-in object. */
export function validateBuiltIn(object: KubeObject): FieldError[] {
  return byKind[object.kind]?.(object) ?? [];
}

/** Findings on a change of a built-in object: fields that may not change. */
export function validateBuiltInUpdate(before: KubeObject, after: KubeObject): FieldError[] {
  const errors = (immutableFields[after.kind] ?? []).flatMap((path) => {
    const value = read(after, path);
    return deepEqual(read(before, path), value) ? [] : [invalidValue(path, value ?? null, immutable)];
  });
  const addresses: unknown = before['spec']?.clusterIPs;
  if (after.kind === 'Service' && addresses && !deepEqual(addresses, after['spec']?.clusterIPs)) {
    errors.push(invalidValue('spec.clusterIPs[0]', after['spec']?.clusterIPs, 'may not change once set'));
  }
  if (
    after.kind === 'Pod' &&
    !deepEqual(withoutChangeablePodFields(before['spec']), withoutChangeablePodFields(after['spec']))
  ) {
    errors.push(
      forbiddenField(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    );
  }
  if ((after.kind === 'ConfigMap' || after.kind === 'Secret') && before['immutable'] === true) {
    if (!deepEqual(before['data'], after['data']))
      errors.push(forbiddenField('data', 'field is immutable when `immutable` is set'));
  }
  return errors;
}
