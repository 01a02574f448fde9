/**
 * The semantic checks of istiod's validating webhook (pkg/config/validation of Istio 1.26) on
 * VirtualServices, DestinationRules, AuthorizationPolicies and EnvoyFilters, in its own words. They run after the CRD's schema.
 */
import type { KubeObject } from '../core/objects.ts';
import { isObject, type JsonObject } from './json.ts';
import { ApiError } from './status.ts';

interface Findings {
  errors: string[];
  warnings: string[];
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

const dnsLabel = /^[a-zA-Z0-9](?:[-a-zA-Z0-9_]{0,61}[a-zA-Z0-9])?$/;
const subsetLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Problem with a host name, or undefined; a wildcard may be its first label. */
function hostProblem(host: string, allowWildcard: boolean): string | undefined {
  if (host.length > 255) return `domain name "${host}" too long (max 255)`;
  const labels = host.replace(/\.$/, '').split('.');
  const checked = allowWildcard && labels[0]?.startsWith('*') ? labels.slice(1) : labels;
  const bad = checked.find((label) => !dnsLabel.test(label));
  return bad === undefined ? undefined : `domain name "${host}" invalid (label "${bad}" invalid)`;
}

function checkDestination(destination: unknown, findings: Findings): void {
  const host = String(field(destination, 'host') ?? '');
  if (host === '*') findings.errors.push(`invalid destination host ${host}`);
  else {
    const problem = hostProblem(host, true);
    if (problem) findings.errors.push(problem);
  }
  const subset = field(destination, 'subset');
  if (subset && !subsetLabel.test(String(subset))) findings.errors.push(`subset name is invalid: ${String(subset)}`);
  const port = field(destination, 'port');
  const number = Number(field(port, 'number') ?? 0);
  if (port !== undefined && (number < 1 || number > 65535)) {
    findings.errors.push(`port number ${number} must be in the range 1..65535`);
  }
}

function checkPercentage(percentage: unknown, name: string, findings: Findings): void {
  const value = field(percentage, 'value');
  if (typeof value !== 'number') return;
  const shown = value.toFixed(6);
  if (value > 100) findings.errors.push(`${name} must have a max value of 100 (it has ${shown})`);
  if (value < 0) findings.errors.push(`${name} must have a min value of 0 (it has ${shown})`);
}

function checkMirrors(route: JsonObject, findings: Findings): void {
  const percent = route['mirrorPercent'] ?? route['mirror_percent'];
  if (percent !== undefined && percent !== null) {
    findings.warnings.push('using deprecated setting "mirrorPercent", use "mirrorPercentage" instead');
    if (Number(percent) > 100)
      findings.errors.push(`mirror_percent must have a max value of 100 (it has ${String(percent)})`);
  }
  checkPercentage(route['mirrorPercentage'], 'mirror_percentage', findings);
  if (route['mirror'] !== undefined) checkDestination(route['mirror'], findings);
  for (const mirror of items(route['mirrors'])) {
    if (!isObject(mirror)) findings.errors.push('mirror cannot be null');
    else if (mirror['destination'] === undefined) findings.errors.push('destination is required for mirrors');
    else {
      checkDestination(mirror['destination'], findings);
      checkPercentage(mirror['percentage'], 'mirror percentage', findings);
    }
  }
}

function checkWeights(destinations: unknown[], findings: Findings): void {
  let total = 0;
  for (const destination of destinations) {
    const weight = Number(field(destination, 'weight') ?? 0);
    if (weight < 0) findings.errors.push(`weight ${weight} < 0`);
    total += weight;
  }
  if (destinations.length > 1 && total === 0) findings.errors.push('total destination weight = 0');
}

function checkHttpRoute(route: unknown, isDelegate: boolean, findings: Findings): void {
  if (!isObject(route)) return;
  const { delegate, redirect } = route;
  const direct = route['directResponse'];
  const destinations = items(route['route']);
  const name = String(route['name'] ?? '');
  if (delegate !== undefined) {
    if (isDelegate) findings.errors.push('delegate HTTP route cannot contain delegate');
    if (destinations.length > 0) findings.errors.push(`root HTTP route ${name} must not specify route`);
    if (redirect !== undefined) findings.errors.push(`root HTTP route ${name} must not specify redirect`);
    // istiod returns here for a root route: mirror beside mirrors is not refused on it.
    checkMirrors(route, findings);
    return;
  }
  if (destinations.length > 0 && redirect !== undefined) {
    findings.errors.push('HTTP route cannot contain both route and redirect');
  }
  if (destinations.length > 0 && direct !== undefined) {
    findings.errors.push('HTTP route cannot contain both route and direct_response');
  }
  if (redirect !== undefined && direct !== undefined) {
    findings.errors.push('HTTP route cannot contain both redirect and direct_response');
  }
  if (destinations.length === 0 && redirect === undefined && direct === undefined) {
    findings.errors.push('HTTP route, redirect or direct_response is required');
  }
  if (route['mirror'] !== undefined && items(route['mirrors']).length > 0) {
    findings.errors.push('HTTP route cannot contain both mirror and mirrors');
  }
  checkMirrors(route, findings);
  for (const destination of destinations) checkDestination(field(destination, 'destination'), findings);
  checkWeights(destinations, findings);
}

function checkVirtualService(object: KubeObject, findings: Findings): void {
  const spec: unknown = object['spec'];
  const hosts = items(field(spec, 'hosts')).map(String);
  const gateways = items(field(spec, 'gateways')).map(String);
  const isDelegate = hosts.length === 0;
  if (isDelegate && gateways.length > 0) {
    findings.errors.push('delegate virtual service must have no gateways specified');
  }
  const appliesToMesh = gateways.length === 0 || gateways.includes('mesh');
  const seen = new Set<string>();
  for (const host of hosts) {
    if (host === '*' && appliesToMesh) {
      findings.errors.push('wildcard host * is not allowed for virtual services bound to the mesh gateway');
    }
    const problem = host === '*' ? undefined : hostProblem(host, true);
    if (problem) findings.errors.push(problem);
    if (seen.has(host)) findings.errors.push(`duplicate hosts in virtual service: ${host} & ${host}`);
    seen.add(host);
  }
  const http = items(field(spec, 'http'));
  if (http.length + items(field(spec, 'tcp')).length + items(field(spec, 'tls')).length === 0) {
    findings.errors.push('http, tcp or tls must be provided in virtual service');
  }
  for (const route of http) checkHttpRoute(route, isDelegate, findings);
  warnOfUnusedRules(http, findings);
}

/** A route without match takes everything; what follows it is never used. */
function warnOfUnusedRules(http: unknown[], findings: Findings): void {
  const catchAll = http.findIndex((route) => items(field(route, 'match')).length === 0);
  if (catchAll < 0) return;
  http.slice(catchAll + 1).forEach((_, offset) => {
    const index = catchAll + 1 + offset;
    findings.warnings.push(`virtualService rule #${index} not used (only the last rule can have no matches)`);
  });
}

function checkDestinationRule(object: KubeObject, findings: Findings): void {
  const spec: unknown = object['spec'];
  const problem = hostProblem(String(field(spec, 'host') ?? ''), true);
  if (problem) findings.errors.push(problem);
  for (const subset of items(field(spec, 'subsets'))) {
    const name = String(field(subset, 'name') ?? '');
    if (!subsetLabel.test(name)) findings.errors.push(`subset name is invalid: ${name}`);
  }
}

function checkAuthorizationPolicy(object: KubeObject, findings: Findings): void {
  const spec: unknown = object['spec'];
  const action = String(field(spec, 'action') ?? 'ALLOW');
  if ((action === 'DENY' || action === 'CUSTOM') && field(spec, 'rules') === undefined) {
    findings.errors.push(
      `${action} action without \`rules\` is meaningless as it will never be triggered, add an empty rule \`{}\` if you want it be triggered for every request`,
    );
  }
}

function checkEnvoyFilter(object: KubeObject, findings: Findings): void {
  findings.warnings.push(
    'EnvoyFilter exposes internal implementation details that may change at any time. Prefer other APIs if possible, and exercise extreme caution, especially around upgrades.',
  );
  for (const config of items(field(object['spec'], 'configPatches'))) {
    const patch = field(config, 'patch');
    const operation = field(patch, 'operation');
    if (!field(config, 'applyTo')) findings.errors.push('Envoy filter: missing applyTo');
    else if (!patch) findings.errors.push('Envoy filter: missing patch');
    else if (!operation) findings.errors.push('Envoy filter: missing patch operation');
    else if (operation !== 'REMOVE' && field(patch, 'value') === undefined) {
      findings.errors.push('Envoy filter: missing patch value for non-remove operation');
    }
  }
}

/**
 * Runs the webhook on an object about to be stored; returns its warnings, throws its refusal (400).
 */
export function runIstioWebhook(object: KubeObject): string[] {
  const findings: Findings = { errors: [], warnings: [] };
  if (object.kind === 'VirtualService') checkVirtualService(object, findings);
  else if (object.kind === 'DestinationRule') checkDestinationRule(object, findings);
  else if (object.kind === 'AuthorizationPolicy') checkAuthorizationPolicy(object, findings);
  else if (object.kind === 'EnvoyFilter') checkEnvoyFilter(object, findings);
  if (findings.errors.length === 0) return findings.warnings;
  const { errors } = findings;
  const text =
    errors.length === 1
      ? `1 error occurred:\n\t* ${errors[0]}\n\n`
      : `${errors.length} errors occurred:\n${errors.map((error) => `\t* ${error}\n`).join('')}\n`;
  // A webhook's refusal has no reason of its own, so the Status has none.
  throw new ApiError(
    400,
    '',
    `admission webhook "validation.istio.io" denied the request: configuration is invalid: ${text.trimEnd()}`,
  );
}
