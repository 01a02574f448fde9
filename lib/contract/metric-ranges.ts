/** How far back charts reach, `?range=`, in seconds. Apart from the schemas: the browser needs no zod for it. */
export const metricRanges = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400 } as const;
export type MetricRange = keyof typeof metricRanges;
