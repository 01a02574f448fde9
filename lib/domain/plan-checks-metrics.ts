import { finding, listText, orPass, refTo, type Check } from './check.ts';
import type { Deployment } from './kubernetes.ts';
import { mirrorHostOf } from './plan-objects.ts';
import type { Planned } from './planned.ts';
import type { PrometheusRuleObject, SelectingObject } from './planning-snapshot.ts';
import { mayMatch, selectorsOf, type MetricSelector } from './promql-selectors.ts';
import type { Labels } from './selectors.ts';
import { hiddenKinds } from './unreadable.ts';
import { templateLabels } from './workloads.ts';
import { workloadOf } from './targets.ts';

/**
 * Rules and autoscalers that read Istio's metrics of the live version by conditions which the mirror's fit as well: from
 * now on they count copies among the requests. Rules that Prometheus has from files are not Kubernetes' to show.
 */
export function checkMetricReaders(planned: Planned): Check[] {
  const { facts, target, labels } = planned;
  const { snapshot, input, live } = facts;
  const workload = workloadOf(target);
  const ofLive = live.map((deployment) => liveSample(planned, deployment));
  const ofMirror = mirrorSample(planned, labels);
  const readsBoth = (selector: MetricSelector) =>
    mayMatch(selector, ofMirror) && ofLive.some((sample) => mayMatch(selector, sample));
  const rules = snapshot.prometheusRules.flatMap((object) => {
    const names = rulesReading(object, readsBoth);
    const params = { reason: 'rule', name: object.metadata.name, rules: listText(names, 3), workload };
    return names.length > 0 ? [finding('warn', 'slo_pollution', refTo(object), params)] : [];
  });
  const scalers = snapshot.horizontalPodAutoscalers
    .filter(({ metadata }) => metadata.namespace === input.namespace)
    .flatMap((object) => {
      const names = metricsReading(object, planned, readsBoth);
      const params = { reason: 'autoscaler', name: object.metadata.name, rules: listText(names, 3), workload };
      return names.length > 0 ? [finding('warn', 'slo_pollution', refTo(object), params)] : [];
    });
  const hidden =
    hiddenKinds(snapshot, ['PrometheusRule']) ?? hiddenKinds(snapshot, ['HorizontalPodAutoscaler'], [input.namespace]);
  const unknown = hidden ? [finding('unknown', 'slo_pollution', null, { ...hidden, workload })] : [];
  return orPass([...rules, ...scalers, ...unknown], 'slo_pollution', null, {
    workload,
    rules: snapshot.notServed.includes('PrometheusRule') ? 'none' : 'read',
  });
}

const istioMetric =
  /^istio_(requests_total|(request_duration_milliseconds|request_bytes|response_bytes)(_bucket|_count|_sum)?|(request|response)_messages_total)$/;

function rulesReading({ spec }: PrometheusRuleObject, isRead: (selector: MetricSelector) => boolean): string[] {
  return (spec?.groups ?? [])
    .flatMap(({ rules = [] }) => rules)
    .filter(({ expr }) => selectorsOf(String(expr ?? '')).some((one) => istioMetric.test(one.metric) && isRead(one)))
    .map(({ alert, record }) => alert ?? record ?? '');
}

/** Metrics of the Service as a whole, and of Istio's with conditions on the destination. */
function metricsReading(
  { spec }: SelectingObject,
  { facts, target }: Planned,
  isRead: (selector: MetricSelector) => boolean,
): string[] {
  return (spec?.metrics ?? []).flatMap(({ type, object, external }) => {
    const { kind, name } = object?.describedObject ?? {};
    const isOfService = type === 'Object' && kind === 'Service' && name === facts.service.metadata.name;
    if (isOfService && target.placement === 'subset') return [object?.metric?.name ?? ''];
    const conditions = Object.entries(external?.metric?.selector?.matchLabels ?? {});
    const matchers = conditions.map(([label, value]) => ({ label, operator: '=' as const, value }));
    const isIstio = conditions.some(([label]) => label.startsWith('destination_'));
    const metric = external?.metric?.name ?? '';
    return type === 'External' && isIstio && isRead({ metric, matchers }) ? [metric] : [];
  });
}

function liveSample({ facts }: Planned, deployment: Deployment): Labels {
  return sampleOf({
    labels: templateLabels(deployment),
    workload: deployment.metadata.name,
    namespace: facts.input.namespace,
    service: facts.service.metadata.name,
    host: facts.host,
  });
}

/** The mirror's proxies name the Service that selects their pods: of ours in dedicated placement, else the live one. */
function mirrorSample({ facts, spec, target }: Planned, labels: Labels): Labels {
  const own = target.mirrorService;
  return sampleOf({
    labels,
    workload: workloadOf(target),
    namespace: spec.namespace,
    service: own?.metadata.name ?? facts.service.metadata.name,
    host: own ? mirrorHostOf(own) : facts.host,
  });
}

interface Side {
  labels: Labels;
  workload: string;
  namespace: string;
  service: string;
  host: string;
}

/** The labels of a destination's own sample, as far as they are the same for every request. */
function sampleOf({ labels, workload, namespace, service, host }: Side): Labels {
  const app = labels.app ?? 'unknown';
  const canonical = labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels.app;
  const revision =
    labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels.version;
  return {
    reporter: 'destination',
    destination_workload: workload,
    destination_workload_namespace: namespace,
    destination_app: app,
    destination_version: labels.version ?? 'unknown',
    destination_canonical_service: canonical ?? workload,
    destination_canonical_revision: revision ?? 'latest',
    destination_service: host,
    destination_service_name: service,
    destination_service_namespace: namespace,
  };
}
