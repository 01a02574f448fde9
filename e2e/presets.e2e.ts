// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import type { Page } from '@playwright/test';
import { expect, test, type Fixtures } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { ownedObjects } from './owned-objects.ts';
import { expectTask } from './task-api.ts';
import { deleteHere, finishHere } from './task-page.ts';
import { copyWritesAsWell, createHere, goOn, toTarget, type WizardTask } from './wizard-steps.ts';

// The use cases and examples of the mirroring guide, each from the wizard to objects that are as before.

const reviews = (name: string): WizardTask => ({ namespace: 'demo-project', name, service: 'reviews' });
const myApp = (name: string): WizardTask => ({ namespace: 'my-app', name, service: 'my-app' });
const reviewsImage = (version: string) => `kubesphere/examples-bookinfo-reviews-${version}:1.16.2`;
const guideHost = 'external-service.example.com';
const tlsHost = 'replay.example.com';
const secondCanary = 'my-app-canary-v3';

/** A preset or an example, and what is seen of it. */
interface Journey {
  title: string;
  task: WizardTask;
  /** What the sandbox does not begin with. */
  prepare?(kube: Kube): Promise<void>;
  /** Fills in where copies go. */
  target(page: Page): Promise<void>;
  /** Picks of which requests, and what share. */
  strategy(page: Page): Promise<void>;
  /** Holds what kubectl shows against what the document says; `before`: the owner's routes. */
  expectObjects(kube: Kube, before: any[]): Promise<void>;
  /** Holds the task's page against it, and does there what the document does next. */
  visit(page: Page, cluster: Pick<Fixtures, 'kube' | 'running'>): Promise<void>;
  end?: typeof deleteHere;
}

const journeys: Journey[] = [
  {
    title: 'Test a new version: 5 % of the requests go to one that knows by its environment to write nothing',
    task: reviews('try-v2'),
    async target(page) {
      await newVersion(page, 'v2', reviewsImage('v2'));
      await page.getByRole('button', { name: '测试环境' }).click();
    },
    strategy: (page) => pickUseCase(page, '新版本测试', '5'),
    async expectObjects(kube) {
      const [route, ...others] = await routesOf(kube, reviews(''));
      expect(others).toEqual([]);
      expect([route.mirror.subset, route.mirrorPercentage]).toEqual(['v2', { value: 5 }]);
      const [container] = (await deployment(kube, 'demo-project', 'reviews-v2')).spec.template.spec.containers;
      expect(container.image).toBe(reviewsImage('v2'));
      const environment = [
        { name: 'ENVIRONMENT', value: 'test' },
        { name: 'DISABLE_WRITE', value: 'true' },
      ];
      expect(container.env).toEqual(environment);
      const live = await deployment(kube, 'demo-project', 'reviews-v1');
      expect(live.spec.template.spec.containers[0].env).toBeUndefined();
    },
    visit: (page) => expectCopies(page, 'reviews v2', '5 %'),
  },
  {
    title: 'Performance benchmark: every read and no write goes to the new version, which would refuse writes besides',
    task: myApp('benchmark'),
    target: (page) => newVersion(page, 'v3', 'my-app:v2.0'),
    strategy: (page) => pickUseCase(page, '性能基准测试', '100'),
    async expectObjects(kube, before) {
      const [clone, ...originals] = await routesOf(kube, myApp(''));
      expect(originals).toEqual(before);
      expect(methodsOf(clone)).toEqual([['GET', 'HEAD', 'OPTIONS']]);
      expect(clone.route).toEqual(before[0].route);
      expect(clone.mirrorPercentage).toEqual({ value: 100 });
      const { items } = await kube.get(policies('my-app'));
      expect(items).toHaveLength(1);
      const [policy] = items;
      expect(policy.spec).toMatchObject({
        action: 'DENY',
        rules: [{ to: [{ operation: { notMethods: ['GET', 'HEAD', 'OPTIONS'] } }] }],
      });
      await expectAboutAlone(kube, 'my-app', policy.spec.selector.matchLabels, 'my-app-v3');
    },
    async visit(page) {
      await expect(mirrorCard(page)).toContainText('只镜像 GET, HEAD, OPTIONS');
      await expect(mirrorCard(page)).toContainText('镜像的写请求返回 403');
      await expectCopies(page, 'my-app v3', '100 %');
      // The caller sends both kinds to the live version.
      await page.getByRole('link', { name: '日志' }).click();
      await expect(logOf(page, '线上 v1.0').getByText('POST /api/items').first()).toBeVisible();
      await expect(logOf(page, '镜像 v3').getByText('GET /api/items').first()).toBeVisible();
      await expect(logOf(page, '镜像 v3').getByText('POST /api/items')).toHaveCount(0);
    },
  },
  {
    title: 'Shadow test: 30 % of the requests go, marked by the mirrored workload’s own proxies',
    task: reviews('shadow'),
    target: (page) => newVersion(page, 'v3', reviewsImage('v3')),
    strategy: (page) => pickUseCase(page, '影子测试', '30'),
    async expectObjects(kube) {
      const [route] = await routesOf(kube, reviews(''));
      expect([route.mirror.subset, route.mirrorPercentage]).toEqual(['v3', { value: 30 }]);
      const filters = `/apis/networking.istio.io/v1alpha3/namespaces/demo-project/envoyfilters`;
      const { items } = await kube.get(filters);
      expect(items).toHaveLength(1);
      const { workloadSelector, configPatches } = items[0].spec;
      await expectAboutAlone(kube, 'demo-project', workloadSelector.labels, 'reviews-v3');
      expect(configPatches).toHaveLength(1);
      expect(configPatches[0]).toMatchObject({
        match: { context: 'SIDECAR_INBOUND' },
        patch: { value: { request_headers_to_add: [{ header: { key: 'X-Mirror-Request', value: 'true' } }] } },
      });
    },
    async visit(page) {
      await expect(mirrorCard(page)).toContainText('镜像请求带有 X-Mirror-Request');
      await expectCopies(page, 'reviews v3', '30 %');
    },
  },
  {
    title: 'A/B test: half of the reads go to another implementation, and as many to a copy of the live one (A/A)',
    task: reviews('compare'),
    async target(page) {
      await newVersion(page, 'v2', reviewsImage('v2'));
      await page.getByRole('button', { name: /再加一个与 v1 相同的版本/ }).click();
      const copy = page.getByRole('region', { name: '目标 2：v1-aa' });
      await expect(copy.getByText('可与线上版本作 A/A 对照。')).toBeVisible();
      await copy.getByRole('textbox', { name: '比例' }).fill('50');
    },
    strategy: (page) => pickUseCase(page, 'A/B 测试', '50'),
    async expectObjects(kube, before) {
      const [clone, ...originals] = await routesOf(kube, reviews(''));
      expect(originals).toEqual(before);
      expect(methodsOf(clone)).toEqual([['GET', 'HEAD', 'OPTIONS']]);
      expect(sharesOf(clone)).toEqual([
        ['v2', 50],
        ['v1-aa', 50],
      ]);
      const [live, copy] = await Promise.all(
        ['reviews-v1', 'reviews-v1-aa'].map((name) => deployment(kube, 'demo-project', name)),
      );
      expect(copy.spec.template.spec.containers).toEqual(live.spec.template.spec.containers);
    },
    async visit(page) {
      await expectCopies(page, 'reviews v2', '50 %');
      await chooseTarget(page, 'v1-aa', '50 %');
      await expectCopies(page, 'reviews v1-aa', '50 %');
    },
  },
  {
    title:
      '3.2 and 3.3: the canary that is there gets 10 % of the requests, then 50 %, and stays when that is finished',
    task: myApp('canary'),
    target: (page) => existing(page.getByRole('main'), 'my-app-canary'),
    async strategy(page) {
      await page.getByRole('textbox', { name: '比例' }).fill('10');
      await copyWritesAsWell(page);
    },
    async expectObjects(kube, [owners]) {
      expect(await routesOf(kube, myApp(''))).toEqual([{ ...owners, ...toCanary(10) }]);
    },
    async visit(page, { running, kube }) {
      const [{ route }] = await routesOf(kube, myApp(''));
      await expectCopies(page, 'my-app v2.0', '10 %');
      await page.getByRole('button', { name: '编辑', exact: true }).click();
      const drawer = page.getByRole('dialog', { name: '编辑任务' });
      await drawer.getByRole('textbox', { name: '镜像请求的比例' }).fill('50');
      await drawer.getByRole('button', { name: '应用 50 %' }).click();
      await expect(drawer).toBeHidden();
      await expectTask(running.url, myApp('canary'), { state: 'Mirroring', operation: null });
      expect(await routesOf(kube, myApp(''))).toEqual([{ route, ...toCanary(50) }]);
      await expectCopies(page, 'my-app v2.0', '50 %');
    },
    end: finishHere,
  },
  {
    title: '4.2: two versions that are there get 30 % and 20 % of the same requests',
    task: myApp('two-canaries'),
    prepare: makeSecondCanary,
    async target(page) {
      await existing(page.getByRole('main'), 'my-app-canary');
      await page.getByRole('button', { name: '再加一个目标' }).click();
      const second = page.getByRole('region', { name: /^目标 2/ });
      await existing(second, secondCanary);
      await second.getByRole('textbox', { name: '比例' }).fill('20');
    },
    async strategy(page) {
      await page.getByRole('textbox', { name: '比例' }).fill('30');
      await copyWritesAsWell(page);
    },
    async expectObjects(kube, before) {
      const [route, ...others] = await routesOf(kube, myApp(''));
      expect(others).toEqual([]);
      expect(route.route).toEqual(before[0].route);
      expect(sharesOf(route).map(([, share]) => share)).toEqual([30, 20]);
    },
    async visit(page) {
      await expectCopies(page, 'my-app v2.0', '30 %');
      await chooseTarget(page, 'v3.0', '20 %');
      await expectCopies(page, 'my-app v3.0', '20 %');
    },
  },
  {
    title:
      '4.3: two hosts outside get 10 %, one by the ServiceEntry that is there, one over TLS by the task’s own objects',
    task: myApp('outside'),
    async target(page) {
      await external(page.getByRole('main'), guideHost);
      await page.getByRole('button', { name: '再加一个目标' }).click();
      const second = page.getByRole('region', { name: /^目标 2/ });
      await external(second, tlsHost, { tls: true });
      await second.getByRole('textbox', { name: '比例' }).fill('10');
    },
    async strategy(page) {
      await page.getByRole('textbox', { name: '比例' }).fill('10');
      await copyWritesAsWell(page);
    },
    async expectObjects(kube, before) {
      const { items: entries } = await kube.get(`${istio('my-app')}/serviceentries`);
      const own = entries.find(({ spec }: any) => spec.hosts.includes(tlsHost));
      expect(entries).toHaveLength(2);
      const [port] = own.spec.ports;
      expect(port).toMatchObject({ protocol: 'HTTP', targetPort: 443 });
      const { items: rules } = await kube.get(`${istio('my-app')}/destinationrules`);
      expect(rules.find(({ spec }: any) => spec.host === tlsHost).spec.trafficPolicy.tls).toEqual({
        mode: 'SIMPLE',
        sni: tlsHost,
        subjectAltNames: [tlsHost],
      });
      const [route, ...others] = await routesOf(kube, myApp(''));
      expect(others).toEqual([]);
      expect(route).toEqual({
        ...before[0],
        mirrors: [
          { destination: { host: guideHost, port: { number: 80 } }, percentage: { value: 10 } },
          { destination: { host: tlsHost, port: { number: port.number } }, percentage: { value: 10 } },
        ],
      });
    },
    async visit(page) {
      await expect(page.getByRole('img', { name: new RegExp(`其中 10 % 的镜像发往 ${guideHost}`) })).toBeVisible();
      await chooseTarget(page, tlsHost, '10 %');
      await expect(page.getByRole('img', { name: new RegExp(`其中 10 % 的镜像发往 ${tlsHost}`) })).toBeVisible();
      await expect(page.getByText(`${tlsHost} 在网格之外，这里没有统计到达它的请求`).first()).toBeVisible();
    },
  },
];

test.describe('the mirroring guide', () => {
  // What is of reviews and what is of my-app is tried at a time, in one sandbox: most of a journey is waiting.
  for (const together of pairs(journeys)) {
    test(together.map(({ title }) => title).join(' | '), async ({ page, running, kube }) => {
      test.setTimeout(300_000);
      const befores = new Map<Journey, { objects: object; routes: any[] }>();
      for (const journey of together) {
        await journey.prepare?.(kube);
        befores.set(journey, {
          objects: await ownedObjects(kube, journey.task.namespace),
          routes: await routesOf(kube, journey.task),
        });
        await test.step(`from the wizard to a task: ${journey.title}`, () => create(page, journey));
      }
      for (const journey of together) {
        const { task, expectObjects, visit } = journey;
        await test.step(`kubectl and the task’s page show it, with the copies: ${journey.title}`, async () => {
          await expectTask(running.url, task, { state: 'Mirroring', operation: null });
          await expectObjects(kube, befores.get(journey)!.routes);
          await page.goto(`/tasks/${task.namespace}/${task.name}`);
          await visit(page, { running, kube });
        });
        await test.step(`once it is over every object is as before: ${journey.title}`, async () => {
          await (journey.end ?? deleteHere)(page, task);
          await expect.poll(() => ownedObjects(kube, task.namespace)).toEqual(befores.get(journey)!.objects);
        });
      }
    });
  }
});

/** Each journey of reviews with one of my-app, whose objects are others. */
function pairs(all: readonly Journey[]): Journey[][] {
  const columns = ['reviews', 'my-app'].map((service) => all.filter(({ task }) => task.service === service));
  const rows = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: rows }, (_, row) => columns.flatMap((column) => column.slice(row, row + 1)));
}

async function create(page: Page, { task, target, strategy }: Journey): Promise<void> {
  await toTarget(page, task);
  await target(page);
  await goOn(page, '策略');
  await strategy(page);
  await goOn(page, '检查并创建');
  await createHere(page, task);
}

/** Has the task make a version. */
async function newVersion(page: Page, version: string, image: string): Promise<void> {
  await page.getByRole('textbox', { name: '新版本号' }).fill(version);
  await page.getByRole('textbox', { name: '镜像地址' }).fill(image);
}

type Scope = Pick<Page, 'getByRole' | 'getByText'>;

async function existing(scope: Scope, workload: string): Promise<void> {
  await scope.getByRole('radio', { name: '已有版本' }).check();
  await scope.getByRole('combobox', { name: '接收镜像请求的部署' }).selectOption(workload);
  await expect(scope.getByText('它可以接收镜像请求。')).toBeVisible();
}

async function external(scope: Scope, host: string, { tls = false } = {}): Promise<void> {
  await scope.getByRole('radio', { name: '外部主机' }).check();
  await scope.getByRole('textbox', { name: '主机', exact: true }).fill(host);
  await scope.getByRole('checkbox', { name: /以 TLS 访问/ }).setChecked(tls);
  await expect(scope.getByText('它可以接收镜像请求。')).toBeVisible();
}

async function pickUseCase(page: Page, name: string, percentage: string): Promise<void> {
  await page.getByRole('radio', { name, exact: true }).check();
  await expect(page.getByRole('textbox', { name: '比例' })).toHaveValue(percentage);
}

const mirrorCard = (page: Page) => page.getByRole('region', { name: '镜像版本' });
const logOf = (page: Page, version: string) => page.getByRole('region', { name: `${version} 的日志，内容` });

/** The page's picture has the version's share of the copies, and their rate as it is measured. */
async function expectCopies(page: Page, version: string, share: string): Promise<void> {
  const rate = String.raw`（(?!0(?:\.0+)? )[\d.]+ rps）`;
  const picture = page.getByRole('img', { name: new RegExp(`其中 ${share} 的镜像请求发往 ${version}${rate}`) });
  await expect(picture).toBeVisible({ timeout: 60_000 });
}

/** Has the page of a task with several targets show one. */
async function chooseTarget(page: Page, label: string, share: string): Promise<void> {
  await page
    .getByRole('group', { name: '镜像目标' })
    .getByRole('button', { name: `${label} · ${share}` })
    .click();
}

const istio = (namespace: string) => `/apis/networking.istio.io/v1/namespaces/${namespace}`;
const policies = (namespace: string) => `/apis/security.istio.io/v1/namespaces/${namespace}/authorizationpolicies`;

async function routesOf(kube: Kube, { namespace, service }: WizardTask): Promise<any[]> {
  return (await kube.get(`${istio(namespace)}/virtualservices/${service}`)).spec.http;
}

function deployment(kube: Kube, namespace: string, name: string): Promise<any> {
  return kube.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
}

/** Of each match of a route that is about methods alone: these. */
function methodsOf({ match }: any): string[][] {
  return match.map(({ method, name: _name, statPrefix: _prefix, ...rest }: any) => {
    expect(rest).toEqual({});
    return method.regex.split('|');
  });
}

/** Subset and share of each target of a route. */
function sharesOf({ mirrors }: any): [string, number][] {
  return mirrors.map(({ destination, percentage }: any) => [destination.subset, percentage.value]);
}

/** The guide's mirror, as the console writes it. */
function toCanary(value: number): object {
  const mirror = { host: 'my-app.my-app.svc.cluster.local', port: { number: 8080 }, subset: 'canary' };
  return { mirror, mirrorPercentage: { value } };
}

/** A selector of labels is that of one workload's pods and of no other's. */
async function expectAboutAlone(
  kube: Kube,
  namespace: string,
  labels: Record<string, string>,
  workload: string,
): Promise<void> {
  const { items } = await kube.get(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  const selected = items.filter(({ spec }: any) =>
    Object.entries(labels).every(([key, value]) => spec.template.metadata.labels[key] === value),
  );
  expect(selected.map(({ metadata }: any) => metadata.name)).toEqual([workload]);
}

/** The guide's my-app-canary once more, as another version. */
async function makeSecondCanary(kube: Kube): Promise<void> {
  const { spec } = await deployment(kube, 'my-app', 'my-app-canary');
  const labels = { app: 'my-app', version: 'v3.0' };
  await kube.send('POST', '/apis/apps/v1/namespaces/my-app/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: secondCanary, namespace: 'my-app' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: spec.template.spec.containers } },
    },
  });
  await expect
    .poll(async () => (await deployment(kube, 'my-app', secondCanary)).status?.readyReplicas, { timeout: 30_000 })
    .toBe(1);
}
