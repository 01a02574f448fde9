/** Kubernetes quantities: `500m`, `64Mi`, `2`. */

const suffixes: Record<string, number> = {
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

/** The number that a quantity stands for; 0 for what is none. */
export function parseQuantity(text: unknown): number {
  const [, amount, suffix = ''] = /^([+-]?[\d.]+(?:e[+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text ?? '0')) ?? [];
  return Number(amount ?? 0) * (suffixes[suffix] ?? 0);
}

/** A sum in the notation of `like`: cores in m, bytes in Mi or Ki, counts plainly. */
export function formatQuantity(value: number, resource: string): string {
  if (resource.endsWith('cpu')) return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
  if (resource.endsWith('memory') || resource.endsWith('storage')) {
    if (value !== 0 && value % 2 ** 30 === 0) return `${value / 2 ** 30}Gi`;
    if (value !== 0 && value % 2 ** 20 === 0) return `${value / 2 ** 20}Mi`;
    if (value !== 0 && value % 2 ** 10 === 0) return `${value / 2 ** 10}Ki`;
  }
  return String(value);
}
