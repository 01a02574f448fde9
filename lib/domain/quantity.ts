const factors: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a Kubernetes quantity (`500m`, `64Mi`, `2`) stands for; null for what is none. */
export function parseQuantity(text: string | number): number | null {
  const [, amount, suffix = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text)) ?? [];
  const factor = factors[suffix];
  return amount === undefined || factor === undefined ? null : Number(amount) * factor;
}

/** A sum as people write one of that resource: cores in m, bytes in Gi, Mi or Ki, counts plainly. */
export function formatQuantity(value: number, resource: string): string {
  const rounded = Number(value.toFixed(3));
  if (resource.endsWith('cpu')) return Number.isInteger(rounded) ? String(rounded) : `${Math.round(value * 1000)}m`;
  if (!resource.endsWith('memory') && !resource.endsWith('storage')) return String(rounded);
  const unit = [...byteUnits].find(([, size]) => Math.abs(value) >= size);
  return unit ? `${Number((value / unit[1]).toFixed(2))}${unit[0]}` : String(rounded);
}

const byteUnits = new Map([
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
  ['Ki', 2 ** 10],
]);
