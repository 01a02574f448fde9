/**
 * Records what kubectl and client-node really send, and what the sandbox answers:
 *   node e2e/contract/record.mjs [SCENARIO]            (Node 24, kubectl on the PATH)
 * The clients talk plain HTTP to a proxy, so they send no credentials and none can be recorded; the
 * proxy adds the user's token on the way to a sandbox of its own. Recordings go to recordings/, one
 * file per scenario; recordings.test.ts replays them.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as k8s from '@kubernetes/client-node';
import { parse, stringify } from 'yaml';
import { startSandbox } from '../../lib/sandbox/start.ts';
import { shapeOf } from './shape.ts';

const recorded = new Set(['accept', 'content-type']);
const watchSeconds = 4;

const webManifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'demo-project' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx:1.27',
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
          },
        ],
      },
    },
  },
};
const changedManifest = structuredClone(webManifest);
Object.assign(changedManifest.spec.template.spec.containers[0], {
  image: 'nginx:1.28',
  env: [{ name: 'B', value: '3' }],
});
const routeManifest = {
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'VirtualService',
  metadata: { name: 'web', namespace: 'demo-project' },
  spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] },
};
const mirrorPatch = {
  spec: { http: [{ route: [{ destination: { host: 'reviews' } }], mirror: { host: 'ratings' } }] },
};

/** Name of the recording → kubectl's arguments, one list per call; FILE(x) writes a manifest. */
const FILE = (manifest) => ({ manifest });
const inProject = ['-n', 'demo-project'];
const scenarios = {
  'kubectl-get': [
    ['get', 'pods', ...inProject],
    ['get', 'deployments,services', ...inProject, '-o', 'wide'],
    ['get', 'virtualservice', ...inProject, '-o', 'yaml'],
    ['get', 'vs,dr', '-A'],
    ['get', 'pods', '-A', '-l', 'app in (reviews,ratings)', '--field-selector', 'status.phase=Running'],
    ['get', 'configmap', 'none', ...inProject],
  ],
  'kubectl-describe': [
    ['describe', 'deployment', 'reviews-v1', ...inProject],
    ['describe', 'pod', '-l', 'app=reviews', ...inProject],
    ['describe', 'service', 'reviews', ...inProject],
    ['describe', 'virtualservice', 'reviews', ...inProject],
  ],
  'kubectl-apply': [
    ['apply', '-f', FILE(webManifest)],
    ['apply', '-f', FILE(changedManifest)],
    ['apply', '-f', FILE(changedManifest)],
    ['diff', '-f', FILE(webManifest)],
    ['apply', '-f', FILE(routeManifest)],
    ['apply', '--dry-run=server', '-f', FILE({ ...routeManifest, spec: { ...routeManifest.spec, hosts: ['other'] } })],
    ['apply', '-f', FILE({ ...routeManifest, spec: { ...routeManifest.spec, https: [] } })],
    ['apply', '--server-side', '-f', FILE(routeManifest)],
    [
      'apply',
      '--server-side',
      '--field-manager=other',
      '-f',
      FILE({ ...routeManifest, spec: { ...routeManifest.spec, hosts: ['x'] } }),
    ],
  ],
  'kubectl-patch': [
    ['patch', 'vs', 'reviews', ...inProject, '--type', 'merge', '-p', JSON.stringify(mirrorPatch)],
    ['patch', 'vs', 'reviews', ...inProject, '--type', 'json', '-p', '[{"op":"remove","path":"/spec/http/0/mirror"}]'],
    ['patch', 'vs', 'reviews', ...inProject, '-p', '{"spec":{}}'],
    ['set', 'image', 'deployment/reviews-v1', 'reviews=nginx:1.27', ...inProject],
    ['set', 'env', 'deployment/reviews-v1', 'ENVIRONMENT=test', ...inProject],
    ['scale', 'deployment/reviews-v1', '--replicas=2', ...inProject],
    ['rollout', 'restart', 'deployment/reviews-v1', ...inProject],
    ['label', 'vs', 'reviews', 'team=blue', ...inProject],
    ['annotate', 'deployment', 'reviews-v1', 'note=x', ...inProject],
  ],
  'kubectl-delete': [
    ['delete', 'vs', 'productpage', ...inProject],
    ['delete', 'deployment', 'ratings-v1', ...inProject],
    ['delete', 'deployment', 'details-v1', '--cascade=foreground', '--wait=false', ...inProject],
    ['delete', 'pods', '-l', 'app=reports', '--wait=false', ...inProject],
    ['delete', 'service', 'none', ...inProject],
  ],
  'kubectl-logs': [
    ['logs', 'deployment/reviews-v1', ...inProject, '--tail=3'],
    [
      'logs',
      '-l',
      'app=reviews',
      ...inProject,
      '-c',
      'istio-proxy',
      '--since=10m',
      '--timestamps',
      '--limit-bytes=300',
    ],
    ['logs', 'deployment/reviews-v1', ...inProject, '-c', 'nothing'],
  ],
  'kubectl-watch': [
    ['get', 'vs', '-A', '-w', '--request-timeout', `${watchSeconds}s`],
    ['get', 'deployment', 'reviews-v1', ...inProject, '-w', '-o', 'yaml', '--request-timeout', `${watchSeconds}s`],
    ['rollout', 'status', 'deployment/reviews-v1', ...inProject],
  ],
  'kubectl-create': [
    ['create', 'namespace', 'made'],
    ['create', 'configmap', 'made', '--from-literal=a=b', '-n', 'made'],
    ['create', 'deployment', 'made', '--image=nginx:1.27', '--port=80', '--replicas=2', '-n', 'made'],
    ['create', 'service', 'clusterip', 'made', '--tcp=80:8080', '-n', 'made'],
    ['create', 'quota', 'made', '--hard=pods=3,requests.cpu=2', '-n', 'made'],
    ['create', 'rolebinding', 'made', '--clusterrole=mirror-console-viewer', '--user=viewer', '-n', 'made'],
    ['auth', 'whoami'],
    ['auth', 'can-i', 'create', 'virtualservices', ...inProject],
    ['auth', 'can-i', '--list', ...inProject],
  ],
};

/** Forwards to the sandbox as admin and notes every request and the form of its answer. */
function startProxy(server, authority, token) {
  const notes = [];
  const proxy = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => recorded.has(name)));
    const isBinary = headers['content-type'] === 'application/vnd.kubernetes.protobuf';
    const note = {
      request: {
        method: request.method,
        path: request.url,
        headers,
        ...(body.length > 0 ? (isBinary ? { base64: body.toString('base64') } : { body: body.toString() }) : {}),
      },
    };
    notes.push(note);
    const upstream = https.request(new URL(request.url, server), {
      method: request.method,
      ca: authority,
      headers: { ...request.headers, host: new URL(server).host, authorization: `Bearer ${token}` },
    });
    upstream.once('error', () => response.destroy());
    upstream.once('response', (answer) => {
      const parts = [];
      answer.on('data', (chunk) => parts.push(chunk));
      answer.once('close', () => {
        const type = answer.headers['content-type'] ?? '';
        note.response = {
          code: answer.statusCode,
          type,
          shape: shapeOf(type, Buffer.concat(parts).toString(), request.url),
        };
      });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    response.once('close', () => upstream.destroy());
    upstream.end(body);
  });
  return new Promise((resolve) => {
    proxy.listen(0, '127.0.0.1', () => resolve({ proxy, notes, url: `http://127.0.0.1:${proxy.address().port}` }));
  });
}

function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, errors }));
  });
}

async function withSandbox(work) {
  const directory = mkdtempSync(path.join(tmpdir(), 'record-'));
  const sandbox = await startSandbox({ historyMs: 60_000 });
  const config = parse(sandbox.kubeconfigYaml);
  const { server, 'certificate-authority-data': authority } = config.clusters[0].cluster;
  const { proxy, notes, url } = await startProxy(server, Buffer.from(authority, 'base64'), config.users[0].user.token);
  const kubeconfig = path.join(directory, 'kubeconfig');
  const plain = {
    ...config,
    clusters: [{ name: 'sandbox', cluster: { server: url } }],
    users: config.users.map(({ name }) => ({ name, user: {} })),
  };
  writeFileSync(kubeconfig, stringify(plain));
  try {
    await work({ directory, kubeconfig, notes });
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    await sandbox.stop();
    rmSync(directory, { recursive: true });
  }
}

function save(name, calls) {
  const file = new URL(`recordings/${name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(calls, null, 1)}\n`);
}

async function recordKubectl(name, commands) {
  await withSandbox(async ({ directory, kubeconfig, notes }) => {
    const calls = [];
    for (const [index, command] of commands.entries()) {
      const args = command.map((argument) => {
        if (!argument.manifest) return argument;
        const file = path.join(directory, `manifest-${index}.yaml`);
        writeFileSync(file, stringify(argument.manifest));
        return file;
      });
      notes.length = 0;
      // A cache of its own makes every call discover anew, as a first one does.
      const env = { PATH: process.env.PATH, HOME: directory, KUBECONFIG: kubeconfig };
      const { code, errors } = await run(
        'kubectl',
        [`--cache-dir=${path.join(directory, `cache-${index}`)}`, ...args],
        env,
      );
      const shown = command.map((argument) => (argument.manifest ? 'FILE' : argument)).join(' ');
      process.stdout.write(`kubectl ${shown}: ${code}, ${notes.length} requests ${errors.split('\n')[0]}\n`);
      calls.push({ command: `kubectl ${shown}`, exitCode: code, requests: structuredClone(notes) });
    }
    save(name, calls);
  });
}

/** The calls the console makes of client-node, in its own order: list, watch, write, patch, delete, review, logs. */
async function recordClientNode() {
  await withSandbox(async ({ kubeconfig, notes }) => {
    const config = new k8s.KubeConfig();
    config.loadFromFile(kubeconfig);
    // It refuses plain HTTP unless told that there is no certificate to check.
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, skipTLSVerify: true }));
    const core = config.makeApiClient(k8s.CoreV1Api);
    const apps = config.makeApiClient(k8s.AppsV1Api);
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const access = config.makeApiClient(k8s.AuthorizationV1Api);
    const namespace = 'demo-project';
    const routes = { group: 'networking.istio.io', version: 'v1', namespace, plural: 'virtualservices' };
    const pods = await core.listNamespacedPod({ namespace, labelSelector: 'app=reviews' });
    await core.listPodForAllNamespaces({ limit: 2 });
    const pod = pods.items[0].metadata.name;
    await core.readNamespacedPodLog({ namespace, name: pod, container: 'reviews', tailLines: 3 });
    const body = { metadata: { name: 'record' }, data: { task: '{}' } };
    const record = await core.createNamespacedConfigMap({ namespace, body, fieldManager: 'mirror-console' });
    await core.replaceNamespacedConfigMap({
      namespace,
      name: 'record',
      body: { ...record, data: { task: '{"a":1}' } },
    });
    await core.deleteNamespacedConfigMap({
      namespace,
      name: 'record',
      body: { preconditions: { uid: record.metadata.uid } },
    });
    const route = await custom.getNamespacedCustomObject({ ...routes, name: 'reviews' });
    route.spec.http[0].mirror = { host: 'ratings' };
    await custom.replaceNamespacedCustomObject({
      ...routes,
      name: 'reviews',
      body: route,
      dryRun: 'All',
      fieldValidation: 'Strict',
    });
    await custom.replaceNamespacedCustomObject({
      ...routes,
      name: 'reviews',
      body: route,
      fieldManager: 'mirror-console',
    });
    await apps.createNamespacedDeployment({ namespace, body: webManifest, fieldValidation: 'Strict' });
    await apps.deleteNamespacedDeployment({ namespace, name: 'web', body: { propagationPolicy: 'Background' } });
    const attributes = { verb: 'create', group: routes.group, resource: routes.plural, namespace };
    await access.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: attributes } } });
    const watch = new k8s.Watch(config);
    await new Promise((resolve, reject) => {
      const query = { resourceVersion: pods.metadata.resourceVersion, allowWatchBookmarks: true, timeoutSeconds: 2 };
      watch
        .watch(
          `/api/v1/namespaces/${namespace}/pods`,
          query,
          () => {},
          (error) => (error ? reject(error) : resolve()),
        )
        .catch(reject);
    });
    process.stdout.write(`client-node: ${notes.length} requests\n`);
    save('client-node', [{ command: 'client-node', exitCode: 0, requests: structuredClone(notes) }]);
  });
}

const [only] = process.argv.slice(2);
for (const [name, commands] of Object.entries(scenarios)) {
  if (!only || only === name) await recordKubectl(name, commands);
}
if (!only || only === 'client-node') await recordClientNode();
