import { describe, expect, it } from 'vitest';
import type { PlanningSnapshot, PrometheusRuleObject, SelectingObject } from './planning-snapshot.ts';
import { checksOf, found, namespace, policy } from './testing/checks.ts';

function rule(expr: string): PrometheusRuleObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'slo', namespace: 'monitoring' },
    spec: { groups: [{ name: 'reviews', rules: [{ alert: 'ErrorBudgetBurn', expr }] }] },
  };
}

function of(parts: Partial<PlanningSnapshot>, placement: 'subset' | 'dedicated' = 'subset') {
  return found(checksOf(parts, { placement }), 'slo_pollution');
}

const host = 'reviews.demo-project.svc.cluster.local';

describe('slo_pollution', () => {
  it.each([
    `sum(rate(istio_requests_total{destination_service="${host}"}[5m]))`,
    `istio_requests_total{destination_service_name="reviews",reporter="destination",response_code=~"5.."}`,
    `histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{destination_app='reviews'}[5m])))`,
    `{__name__="istio_requests_total", destination_workload=~"reviews-.+"}`,
    `sum(istio_requests_total{reporter=~"destination|waypoint", destination_workload_namespace != "shop"})`,
  ])('warns of %s where the mirror stands behind the Service', (expr) => {
    expect(of({ prometheusRules: [rule(expr)] })).toEqual(['warn rule']);
  });

  it.each([
    `istio_requests_total{destination_service="${host}",reporter="source"}`,
    `istio_requests_total{destination_service="${host}",destination_version="v1"}`,
    `istio_requests_total{destination_workload="reviews-v1"}`,
    `istio_requests_total{destination_version!~"v[2-9]"}`,
    `istio_requests_total{destination_service_name="ratings"}`,
    `http_requests_total{service="reviews"}`,
    `up # istio_requests_total{destination_service="${host}"}`,
    `label_replace(up, "x", "istio_requests_total{}", "", "")`,
    // Of the mirror alone: somebody watches it on purpose.
    `istio_requests_total{destination_version="v2"}`,
  ])('passes for %s', (expr) => {
    expect(of({ prometheusRules: [rule(expr)] })).toEqual(['pass']);
  });

  it('tells a dedicated mirror, with a Service and a host of its own, by what it shares with the live version', () => {
    const byHost = rule(`istio_requests_total{destination_service="${host}"}`);
    expect(of({ prometheusRules: [byHost] }, 'dedicated')).toEqual(['pass']);
    const byName = rule(`istio_requests_total{destination_canonical_service="reviews"}`);
    expect(of({ prometheusRules: [byName] }, 'dedicated')).toEqual(['warn rule']);
  });

  const scaler = (metrics: NonNullable<SelectingObject['spec']>['metrics']) => ({
    horizontalPodAutoscalers: [policy('HorizontalPodAutoscaler', metrics ? { metrics } : {})],
  });
  const ofService = (name: string) =>
    scaler([{ type: 'Object', object: { describedObject: { kind: 'Service', name }, metric: { name: 'rps' } } }]);

  it('warns of an autoscaler that scales by the Service or by Istio’s metrics of it', () => {
    expect(of(ofService('reviews'))).toEqual(['warn autoscaler']);
    expect(of(ofService('reviews'), 'dedicated')).toEqual(['pass']);
    expect(of(ofService('ratings'))).toEqual(['pass']);
    const byLabels = (matchLabels: Record<string, string>) =>
      scaler([{ type: 'External', external: { metric: { name: 'istio_rps', selector: { matchLabels } } } }]);
    expect(of(byLabels({ destination_service_name: 'reviews' }))).toEqual(['warn autoscaler']);
    expect(of(byLabels({ destination_workload: 'reviews-v1' }))).toEqual(['pass']);
    expect(of(byLabels({ queue: 'reviews' }))).toEqual(['pass']);
  });

  it('is unknown where rules cannot be read, and says where the cluster has none', () => {
    const unreadable = [{ kind: 'PrometheusRule', namespace: '*' }];
    expect(of({ unreadable })).toEqual(['unknown']);
    expect(of({ unreadable: [{ kind: 'HorizontalPodAutoscaler', namespace }] })).toEqual(['unknown']);
    const [check] = checksOf({ notServed: ['PrometheusRule'] }).filter(({ code }) => code === 'slo_pollution');
    expect(check).toMatchObject({ severity: 'pass', params: { rules: 'none' } });
  });
});
