import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Check, CheckCode } from '@/lib/domain/check';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { planTask } from '../plan-task';
import { intercepting } from '../testing/count-calls';
import { scenarios } from '../testing/scenarios';
import { settleMs, World } from '../testing/world';

const { input, prepare } = scenarios[4]!;
const { namespace, service } = input;

let world: World;
beforeEach(async () => {
  world = await World.start();
  prepare?.(world);
  await world.pass(settleMs);
});
afterEach(() => world.stop());

const plan = async (user: 'admin' | 'project-regular', wrap?: (cluster: Cluster) => Cluster) =>
  (await planTask(world.console(user, wrap), input)).checks;
const of = (checks: readonly Check[], code: CheckCode) =>
  checks.filter((check) => check.code === code).map(({ severity, params }) => ({ severity, params }));

const rule = (expr: string) =>
  parse(`
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: slo, namespace: istio-system }
spec:
  groups:
    - name: slo
      rules: [{ alert: Burning, expr: '${expr}' }]
`);
const quota = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'team', namespace },
  spec: { hard: { pods: '1' } },
};

describe('a plan', () => {
  test('reads quotas of the namespace, rules of alerts wherever they stand, and the version of Istio', async () => {
    world.owner.create(rule(`rate(istio_requests_total{destination_workload_namespace="${namespace}"}[5m])`));
    world.owner.create(quota);
    await world.pass(settleMs);
    const checks = await plan('admin');
    expect(of(checks, 'istio')).toMatchObject([{ severity: 'pass', params: { version: '1.26.2' } }]);
    expect(of(checks, 'slo_pollution')).toMatchObject([
      { severity: 'warn', params: { name: 'slo', rules: 'Burning' } },
    ]);
    expect(of(checks, 'quota')).toMatchObject([{ severity: 'fail', params: { quota: 'team', resource: 'pods' } }]);
    expect(of(checks, 'unreadable')).toMatchObject([{ severity: 'pass' }]);
  });

  test('of somebody who may not read other namespaces says what it does not know, and passes none of it', async () => {
    world.owner.create(rule(`istio_requests_total{destination_service_name="${service}"}`));
    const checks = await plan('project-regular');
    expect(of(checks, 'slo_pollution')).toMatchObject([
      { severity: 'unknown', params: { kinds: 'PrometheusRule', scope: 'others' } },
    ]);
    const hidden = of(checks, 'unreadable');
    expect(hidden.map(({ severity }) => severity)).not.toContain('pass');
    expect(hidden.find(({ params }) => params['scope'] === 'others')?.params['kind']).toMatch(/Namespace/);
    // Its own proxies tell the version.
    expect(of(checks, 'istio')).toMatchObject([{ severity: 'pass', params: { version: '1.26.2' } }]);
    expect(of(checks, 'quota')).toMatchObject([{ severity: 'pass' }]);
  });

  test('tells a kind that the cluster does not serve from one that cannot be read', async () => {
    const checks = await plan('project-regular', (cluster) =>
      intercepting(cluster, {
        serves: (proceed, [kind]) => (kind === 'PrometheusRule' ? Promise.resolve(false) : proceed()),
      }),
    );
    expect(of(checks, 'slo_pollution')).toMatchObject([{ severity: 'pass', params: { rules: 'none' } }]);
  });
});
