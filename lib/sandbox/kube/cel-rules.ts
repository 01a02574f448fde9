/**
 * The CEL rules (`x-kubernetes-validations`) of Istio's CRDs, one function per rule text. They run
 * after the schema's own types, so a rule may rely on the type that its schema declares.
 */
import { isObject } from './json.ts';

type Rule = (value: unknown) => boolean;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const field = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);
const has = (value: unknown, name: string): boolean => field(value, name) !== undefined;
const keys = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);
const atMostOne =
  (...names: string[]): Rule =>
  (value) =>
    names.filter((name) => has(value, name)).length <= 1;

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a Go duration such as `1m30s`; NaN where it is none. */
export function goDurationMs(duration: string): number {
  if (!/^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(duration)) return Number.NaN;
  const sign = duration.startsWith('-') ? -1 : 1;
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN);
  }
  return sign * total;
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port <= 65535;

function urlScheme(value: unknown): string {
  return URL.canParse(text(value)) ? new URL(text(value)).protocol.slice(0, -1) : '';
}

export const celRules: Readonly<Record<string, Rule>> = {
  "duration(self) >= duration('1ms')": (value) => goDurationMs(text(value)) >= 1,
  '!self.contains("*")': (value) => !text(value).includes('*'),
  'self.all(key, !key.contains("*"))': (value) => keys(value).every((key) => !key.includes('*')),
  'self.all(key, key.size() != 0)': (value) => keys(value).every((key) => key !== ''),
  'self.size() == 0': (value) => text(value) === '',
  '(has(self.workloadSelector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1': atMostOne(
    'workloadSelector',
    'targetRefs',
  ),
  '(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1': atMostOne(
    'tlsCertificates',
    'credentialNames',
  ),
  '(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1': atMostOne(
    'credentialName',
    'credentialNames',
  ),
  '(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1': atMostOne(
    'credentialNames',
    'tlsCertificates',
  ),
  'self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true': (value) =>
    !text(value).startsWith('unix://') || ['/', '@'].includes(text(value).slice(7, 8)),
  'self.startsWith("unix://") ? !self.endsWith("/") : true': (value) =>
    !text(value).startsWith('unix://') || !text(value).endsWith('/'),
  '0 < self && self <= 65535': (value) => isPort(Number(value)),
  'self.all(key, size(key) < 63 && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))': (value) =>
    keys(value).every((key) => key.length < 63 && /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(key)),
  'has(self.address) || has(self.network)': (value) => has(value, 'address') || has(value, 'network'),
  '(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true': (value) =>
    !text(field(value, 'address')).startsWith('unix://') || !has(value, 'ports'),
  'self != "*"': (value) => value !== '*',
  'self.all(l1, self.exists_one(l2, l1.number == l2.number))': (value) => {
    const numbers = list(value).map((port) => field(port, 'number'));
    return new Set(numbers).size === numbers.length;
  },
  '(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1': atMostOne(
    'workloadSelector',
    'endpoints',
  ),
  '!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/")) && !((has(self.resolution) ? self.resolution : "NONE") in ["STATIC", "NONE"]))':
    (value) =>
      !list(field(value, 'addresses')).some((address) => text(address).includes('/')) ||
      ['STATIC', 'NONE'].includes(text(field(value, 'resolution') ?? 'NONE')),
  '((has(self.resolution) ? self.resolution : "NONE") == "NONE") ? !has(self.endpoints) : true': (value) =>
    (field(value, 'resolution') ?? 'NONE') !== 'NONE' || !has(value, 'endpoints'),
  '((has(self.resolution) ? self.resolution : "") == "DNS_ROUND_ROBIN") ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true':
    (value) => field(value, 'resolution') !== 'DNS_ROUND_ROBIN' || list(field(value, 'endpoints')).length <= 1,
  '(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) &&\n!has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true':
    (value) =>
      !(has(value, 'serviceAccounts') || has(value, 'notServiceAccounts')) ||
      !['principals', 'notPrincipals', 'namespaces', 'notNamespaces'].some((name) => has(value, name)),
  '(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1': atMostOne(
    'selector',
    'targetRef',
    'targetRefs',
  ),
  'self.all(key, 0 < int(key) && int(key) <= 65535)': (value) => keys(value).every((key) => isPort(Number(key))),
  'has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? self.selector.matchLabels : {}).size() > 0) : true':
    (value) => !has(value, 'portLevelMtls') || keys(field(field(value, 'selector'), 'matchLabels')).length > 0,
  'url(self).getScheme() in ["http", "https"]': (value) => ['http', 'https'].includes(urlScheme(value)),
  '(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1': atMostOne(
    'jwksUri',
    'jwks_uri',
    'jwks',
  ),
  '((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true': (value) =>
    field(value, 'operation') !== 'UPSERT' || text(field(value, 'value')) !== '',
  '((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true': (value) =>
    field(value, 'operation') !== 'REMOVE' || !has(value, 'value'),
};
