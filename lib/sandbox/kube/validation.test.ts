import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, deployment, paths, TestCluster, virtualService } from './test-cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});
afterAll(() => cluster.stop());

const post = (path: string, body: unknown, query = '') => cluster.send('POST', `${path}${query}`, body);
const route = (extra: object) => [{ route: [{ destination: { host: 'reviews' } }], ...extra }];

describe('fieldValidation', () => {
  const misspelled = () => virtualService('misspelled', route({ mirorPercentage: { value: 5 } }));

  it('Strict refuses unknown fields by path, in custom and built-in kinds', async () => {
    const custom = await post(paths.virtualServices, misspelled(), '?fieldValidation=Strict');
    expect(custom.code).toBe(400);
    expect(custom.body.message).toBe(
      'VirtualService in version "v1" cannot be handled as a VirtualService: strict decoding error: unknown field "spec.http[0].mirorPercentage"',
    );
    const builtIn = await post(paths.deployments, { ...deployment('x'), specs: {} }, '?fieldValidation=Strict');
    expect(builtIn.body.message).toContain('strict decoding error: unknown field "specs"');
  });

  it('Strict refuses a field that is given twice', async () => {
    const text = JSON.stringify(configMap('twice')).replace('"data":{', '"data":{"key":"other",');
    const { code, body } = await cluster.send('POST', `${paths.configMaps}?fieldValidation=Strict`, text);
    expect(code).toBe(400);
    expect(body.message).toContain('duplicate field "data.key"');
  });

  it('Warn stores without the field and warns, as does leaving it out; Ignore is silent', async () => {
    const warned = await post(paths.virtualServices, misspelled());
    expect(warned.code).toBe(201);
    expect(warned.body.spec.http[0]).not.toHaveProperty('mirorPercentage');
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"spec.http[0].mirorPercentage\\""');
    const silent = await post(
      paths.virtualServices,
      { ...misspelled(), metadata: { name: 'silent' } },
      '?fieldValidation=Ignore',
    );
    expect(silent.headers['warning']).toBeUndefined();
    expect(silent.body.spec.http[0]).not.toHaveProperty('mirorPercentage');
  });
});

describe('a VirtualService', () => {
  it.each([
    ['mirror without host', { mirror: { subset: 'v2' } }, 'spec.http[0].mirror.host: Required value'],
    [
      'a mirrors entry without destination',
      { mirrors: [{ percentage: { value: 1 } }] },
      'spec.http[0].mirrors[0].destination: Required value',
    ],
    [
      'a percentage that is a text',
      { mirror: { host: 'a' }, mirrorPercentage: { value: 'ten' } },
      'spec.http[0].mirrorPercentage.value in body must be of type number: "string"',
    ],
    [
      'a header match that is no text',
      { match: [{ headers: { a: { exact: true } } }] },
      'must be of type string: "boolean"',
    ],
    [
      'two ways to match one uri',
      { match: [{ uri: { exact: '/a', prefix: '/b' } }] },
      'must validate one and only one schema (oneOf)',
    ],
    ['a timeout of nothing', { timeout: '0s' }, 'must be a valid duration greater than 1ms'],
  ])('is refused by its schema: %s', async (_name, extra, message) => {
    const { code, body } = await post(paths.virtualServices, virtualService('refused', route(extra)));
    expect(code).toBe(422);
    expect(body.reason).toBe('Invalid');
    expect(body.message).toContain(message);
  });

  it.each([
    [
      'both mirror forms',
      route({ mirror: { host: 'a' }, mirrors: [{ destination: { host: 'b' } }] }),
      'HTTP route cannot contain both mirror and mirrors',
    ],
    [
      'over 100 percent',
      route({ mirror: { host: 'a' }, mirrorPercentage: { value: 101 } }),
      'mirror_percentage must have a max value of 100 (it has 101.000000)',
    ],
    [
      'below 0 percent',
      route({ mirror: { host: 'a' }, mirrorPercentage: { value: -1 } }),
      'mirror_percentage must have a min value of 0 (it has -1.000000)',
    ],
    [
      'over 100 percent in mirrors',
      route({ mirrors: [{ destination: { host: 'b' }, percentage: { value: 100.5 } }] }),
      'mirror percentage must have a max value of 100 (it has 100.500000)',
    ],
    ['a subset that is no label', route({ mirror: { host: 'a', subset: 'V2.0' } }), 'subset name is invalid: V2.0'],
    ['no route', [{ match: [{ uri: { prefix: '/' } }] }], 'HTTP route, redirect or direct_response is required'],
    ['nothing at all', [], 'http, tcp or tls must be provided in virtual service'],
  ])('is refused by istiod: %s', async (_name, http, message) => {
    for (const query of ['', '?dryRun=All']) {
      const { code, body } = await post(paths.virtualServices, virtualService('refused', http), query);
      expect(code).toBe(400);
      expect(body.message).toContain(
        'admission webhook "validation.istio.io" denied the request: configuration is invalid: ',
      );
      expect(body.message).toContain(message);
    }
  });

  it.each([
    [
      'AuthorizationPolicy',
      '/apis/security.istio.io/v1',
      { action: 'DENY' },
      'DENY action without `rules` is meaningless',
    ],
    ['EnvoyFilter', '/apis/networking.istio.io/v1alpha3', { configPatches: [{}] }, 'Envoy filter: missing applyTo'],
    [
      'EnvoyFilter',
      '/apis/networking.istio.io/v1alpha3',
      { configPatches: [{ applyTo: 'VIRTUAL_HOST', patch: { operation: 'MERGE' } }] },
      'Envoy filter: missing patch value for non-remove operation',
    ],
  ])('of a %s under %s is refused by istiod where it could do nothing: %j', async (kind, api, spec, message) => {
    const plural = kind === 'EnvoyFilter' ? 'envoyfilters' : 'authorizationpolicies';
    const object = { apiVersion: api.slice('/apis/'.length), kind, metadata: { name: 'idle' }, spec };
    const { code, body } = await post(`${api}/namespaces/demo-project/${plural}`, object);
    expect([code, body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('passes with everything a mirror may have', async () => {
    const http = [
      {
        name: 'clone',
        match: [{ port: 9080, statPrefix: 'mc_0123', method: { regex: 'GET|HEAD' } }],
        route: [
          {
            destination: { host: 'reviews.demo-project.svc.cluster.local', subset: 'v1', port: { number: 9080 } },
            weight: 100,
          },
        ],
        mirrors: [
          {
            destination: { host: 'a.demo-project.svc.cluster.local', port: { number: 80 } },
            percentage: { value: 0.0001 },
          },
          { destination: { host: 'external-service.example.com' } },
        ],
        timeout: '1.5s',
      },
    ];
    const { code, body } = await post(paths.virtualServices, virtualService('passes', http), '?fieldValidation=Strict');
    expect([code, body.message]).toEqual([201, undefined]);
    expect(body.spec.http).toEqual(http);
  });

  it('warns of the deprecated percent and of a route that is never reached', async () => {
    const http = [...route({ mirror: { host: 'a' }, mirrorPercent: 5 }), ...route({})];
    const { headers } = await post(paths.virtualServices, virtualService('warns', http), '?dryRun=All');
    expect(headers['warning']).toContain(
      'using deprecated setting \\"mirrorPercent\\", use \\"mirrorPercentage\\" instead',
    );
    expect(headers['warning']).toContain('virtualService rule #1 not used');
  });
});

describe('built-in kinds', () => {
  it('keep a Deployment’s selector', async () => {
    const { body } = await post(paths.deployments, deployment('fixed', { replicas: 0 }));
    const { code, body: refused } = await cluster.patch(`${paths.deployments}/fixed`, 'merge', {
      spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } },
    });
    expect(body.spec.selector.matchLabels).toEqual({ app: 'fixed' });
    expect(code).toBe(422);
    expect(refused.message).toContain('Deployment.apps "fixed" is invalid: spec.selector: Invalid value');
    expect(refused.message).toContain('field is immutable');
  });

  it.each([
    [
      'no containers',
      (object: ReturnType<typeof deployment>) => Object.assign(object.spec.template.spec, { containers: [] }),
      'spec.template.spec.containers: Required value',
    ],
    [
      'no image',
      (object: ReturnType<typeof deployment>) =>
        Object.assign(object.spec.template.spec.containers[0] ?? {}, { image: '' }),
      'spec.template.spec.containers[0].image: Required value',
    ],
    [
      'labels that the selector misses',
      (object: ReturnType<typeof deployment>) => Object.assign(object.spec.template.metadata, { labels: { app: 'z' } }),
      '`selector` does not match template `labels`',
    ],
    [
      'negative replicas',
      (object: ReturnType<typeof deployment>) => Object.assign(object.spec, { replicas: -1 }),
      'spec.replicas: Invalid value: -1',
    ],
  ])('refuse a Deployment with %s', async (_name, spoil, message) => {
    const object = deployment('refused');
    spoil(object);
    const { code, body } = await post(paths.deployments, object);
    expect(code).toBe(422);
    expect(body.message).toContain(message);
  });

  it('answer 400 to a value of a wrong type', async () => {
    const object = { ...deployment('typed'), spec: { ...deployment('typed').spec, replicas: 'two' } };
    const { code, body } = await post(paths.deployments, object);
    expect(code).toBe(400);
    expect(body.message).toContain(
      'cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });

  it('get the defaults that the real server writes', async () => {
    const { body } = await post(paths.deployments, deployment('defaults', { replicas: 0 }), '?dryRun=All');
    expect(body.spec).toMatchObject({
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        spec: {
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              imagePullPolicy: 'IfNotPresent',
              ports: [{ protocol: 'TCP' }],
              terminationMessagePath: '/dev/termination-log',
            },
          ],
        },
      },
    });
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'defaults' },
      spec: { ports: [{ port: 80 }] },
    };
    const { body: made } = await post(paths.services, service, '?dryRun=All');
    expect(made.spec).toMatchObject({
      type: 'ClusterIP',
      clusterIP: expect.stringMatching(/^10\.96\./),
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    });
  });

  it('check names, labels and annotations', async () => {
    const refusal = async (metadata: object) =>
      (await post(paths.configMaps, configMap('fine', {}, metadata))).body.message;
    expect(await refusal({ name: 'Not_A_Name' })).toContain(
      'ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value',
    );
    expect(await refusal({ name: '../escape' })).toContain('metadata.name');
    expect(await refusal({ labels: { a: '-b' } })).toContain('metadata.labels: Invalid value: "-b"');
    expect(await refusal({ labels: { 'a b': 'c' } })).toContain('metadata.labels: Invalid value: "a b"');
    expect(await refusal({ labels: { a: 'x'.repeat(64) } })).toContain('must be no more than 63 bytes');
    expect(await refusal({ annotations: { a: 'x'.repeat(262_145) } })).toContain(
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    );
  });

  it('give every node port once', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ports' },
      spec: {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ],
      },
    };
    await post(paths.services, service);
    const { body } = await cluster.get('/api/v1/services');
    const taken = body.items.flatMap(({ spec }: { spec: { ports?: { nodePort?: number }[] } }) =>
      (spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []),
    );
    expect(taken).toHaveLength(4);
    expect(new Set(taken).size).toBe(4);
  });
});
