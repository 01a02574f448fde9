import * as z from 'zod/mini';
import { Difference, Message } from './task';

/** [unix seconds, value]; null where nothing was measured: a gap, never zero. */
export const Point = z.tuple([z.number(), z.nullable(z.number())]);

export const MetricName = z.enum(['rate', 'success', 'latency', 'codes']);
export type MetricName = z.infer<typeof MetricName>;
export const MetricSide = z.enum(['primary', 'mirror']);
export type MetricSide = z.infer<typeof MetricSide>;

export const MetricSeries = z.object({
  metric: MetricName,
  side: MetricSide,
  /** Target id; null on the primary side. */
  target: z.nullable(z.string()),
  /** 0.5, 0.95 or 0.99 for latency, else null. */
  quantile: z.nullable(z.number()),
  /** HTTP status code for `codes`, else null. */
  code: z.nullable(z.string()),
  unit: z.enum(['requests_per_second', 'percent', 'milliseconds']),
  /** The PromQL that made it. */
  query: z.string(),
  points: z.array(Point),
});
export type MetricSeries = z.infer<typeof MetricSeries>;

export const MetricTotal = z.object({
  side: MetricSide,
  target: z.nullable(z.string()),
  code: z.string(),
  count: z.number(),
  query: z.string(),
});

export const ChangeMarker = z.object({
  /** Unix seconds. */
  at: z.number(),
  kind: z.enum(['create', 'change', 'pause', 'resume']),
  /** Percentage from that moment on; 0 when paused. */
  percentage: z.number(),
  /** Of each target, where the task has several. */
  percentages: z.optional(z.array(z.number())),
  text: z.string(),
});
export type ChangeMarker = z.infer<typeof ChangeMarker>;

/** GET /api/tasks/{ns}/{name}/metrics?range=15m|1h|6h|24h&step=SECONDS */
export const TaskMetrics = z.object({
  start: z.number(),
  end: z.number(),
  stepSeconds: z.number(),
  scrapeIntervalSeconds: z.number(),
  series: z.array(MetricSeries),
  totals: z.array(MetricTotal),
  markers: z.array(ChangeMarker),
  /** Why charts are empty or stale: Prometheus unreachable, no permission; null when all is well. */
  problem: z.nullable(Message),
});
export type TaskMetrics = z.infer<typeof TaskMetrics>;

/** GET /api/tasks/metrics?task=ns/name&… : what one row of the list shows. */
export const TaskListMetricsItem = z.object({
  namespace: z.string(),
  name: z.string(),
  /** Of the task that was measured: another one of the same name may have taken its place since. */
  createdAt: z.string(),
  /** Request rate of the last 30 minutes, both sides. */
  series: z.array(MetricSeries),
  last: z.object({ primary: z.nullable(z.number()), mirror: z.nullable(z.number()) }),
  /** Of each target that nothing but copies reaches; `target`: its id. */
  differences: z.array(z.extend(Difference, { target: z.string() })),
  problem: z.nullable(Message),
});
export const TaskListMetrics = z.object({ items: z.array(TaskListMetricsItem) });
export type TaskListMetrics = z.infer<typeof TaskListMetrics>;
