import type { HttpMatch } from './kubernetes.ts';
import { canonicalJson, sameJson } from './structure.ts';

/** How a text must look, in Istio's words; `regex` is RE2 and holds for the whole text. `{}`: it is there at all. */
export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

/** What a request must meet to be copied: all that is named here. Names of headers are in lower case. */
export interface RequestMatch {
  headers?: Record<string, StringMatch>;
  method?: StringMatch;
  path?: StringMatch;
}

/** Which of its service's requests a task copies. */
export interface RequestSelection {
  /** Alternatives; empty: every request. */
  match: readonly RequestMatch[];
  /** Methods whose requests are copied at all; null: every method. */
  methods: readonly string[] | null;
}

/** Methods that a request can be selected by. */
export const requestMethods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The name of a header: a token of RFC 9110. */
export const headerNamePattern = /^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$/;

/** Istio reads these names as something else than a header, or not at all (HTTPMatchRequest.headers). */
export function isMatchedAsHeader(name: string): boolean {
  return !['uri', 'scheme', 'method', 'authority', 'host'].includes(name.toLowerCase());
}

/** Methods that ask and change nothing (RFC 9110, 9.2.1), without TRACE, which proxies refuse. */
export const safeMethods = ['GET', 'HEAD', 'OPTIONS'] as const;

/** Conditions that hold together: `none` when no request can meet both, `unwritable` when Istio has no words for it. */
export type Conjunction = HttpMatch | 'none' | 'unwritable';

/** True when every request is copied. */
export function selectsAll(selection: RequestSelection | undefined): boolean {
  return selection === undefined || conditionsOf(selection) === null;
}

/** True when nothing is copied but requests that ask and change nothing, as far as methods tell. */
export function selectsReadsOnly({ match, methods }: RequestSelection): boolean {
  const isSafe = (method: string | undefined) => safeMethods.some((safe) => safe === method);
  if (methods?.every(isSafe)) return true;
  return match.length > 0 && match.every(({ method }) => isSafe(method?.exact));
}

/** The selection as conditions of a VirtualService's route, one of which must hold; null: every request is selected. */
export function conditionsOf({ match, methods }: RequestSelection): HttpMatch[] | null {
  if (match.length === 0 && methods === null) return null;
  const guard: HttpMatch = methods === null ? {} : { method: oneOf(methods) };
  const alternatives = match.length > 0 ? match.map(toHttpMatch) : [{}];
  return distinct(alternatives.map((alternative) => conjunction(alternative, guard)).filter(isWritten));
}

/**
 * What holds when any of `theirs` (none: always) and any of `ours` holds, as alternatives. `unwritable` as soon as one
 * of them cannot be written: the rest would select too little. Alternatives that others imply are left out, so that
 * whoever narrows twice gets the same.
 */
export function intersection(theirs: readonly HttpMatch[] | undefined, ours: readonly HttpMatch[]) {
  const alternatives = theirs?.length ? theirs : [{}];
  const found = alternatives.flatMap((one) => ours.map((other) => conjunction(one, other)));
  if (found.includes('unwritable')) return 'unwritable';
  const written = distinct(found.filter(isWritten));
  const asksForMore = ours.some((condition) => Object.keys(condition).some((part) => part !== 'port'));
  return asksForMore ? written.filter((match) => !isImplied(match, written)) : written;
}

/** True for an alternative that holds only where another one does. */
function isImplied(match: HttpMatch, all: readonly HttpMatch[]): boolean {
  return all.some((other) => other !== match && sameJson(conjunction(match, other), match));
}

/** Conditions as one text: in whatever order they stand, under whatever name they are counted. */
export function conditionsText(match: readonly HttpMatch[]): string {
  return match
    .map(({ statPrefix: _prefix, name: _name, ...condition }) => canonicalJson(condition))
    .toSorted()
    .join();
}

/** True when what was found of a route's conditions by `intersection` is all that the route takes. */
export function isWhole(theirs: readonly HttpMatch[] | undefined, found: ReturnType<typeof intersection>): boolean {
  return theirs !== undefined && found !== 'unwritable' && conditionsText(found) === conditionsText(theirs);
}

/** Both conditions at once, as one. What only `theirs` can hold (source, gateways, statPrefix…) stays as it is. */
export function conjunction(theirs: HttpMatch, ours: HttpMatch): Conjunction {
  if (theirs.port !== undefined && ours.port !== undefined && theirs.port !== ours.port) return 'none';
  const isFolded = theirs.ignoreUriCase === true && ours.uri !== undefined;
  if (isFolded) return 'unwritable';
  const headers = ofHeaders(theirs.headers, ours.headers);
  const parts = [both(theirs.uri, ours.uri, true), both(theirs.method, ours.method), headers];
  // Nothing can be lost of what no request meets.
  if (parts.includes('none')) return 'none';
  if (parts.includes('unwritable')) return 'unwritable';
  const [uri, method] = parts;
  return present({ ...theirs, ...ours, uri, method, headers });
}

function toHttpMatch({ headers, method, path }: RequestMatch): HttpMatch {
  return present({ headers, method, uri: path });
}

function oneOf(texts: readonly string[]): StringMatch {
  const [only, ...more] = texts;
  return only !== undefined && more.length === 0 ? { exact: only } : { regex: texts.join('|') };
}

type StringConjunction = StringMatch | 'none' | 'unwritable' | undefined;

function both(a: StringMatch | undefined, b: StringMatch | undefined, isUri = false): StringConjunction {
  if (a === undefined || b === undefined) return a ?? b;
  // Every path begins with a slash.
  if (isUri && a.prefix === '/') return b;
  if (isUri && b.prefix === '/') return a;
  if (sameJson(a, b) || isPresence(b)) return a;
  if (isPresence(a)) return b;
  const [left, right] = [literals(a), literals(b)];
  if (left && right) return among(a, left, (text) => right.includes(text));
  if (left && b.prefix !== undefined) return among(a, left, (text) => text.startsWith(b.prefix ?? ''));
  if (right && a.prefix !== undefined) return among(b, right, (text) => text.startsWith(a.prefix ?? ''));
  if (a.prefix === undefined || b.prefix === undefined) return 'unwritable';
  if (a.prefix.startsWith(b.prefix)) return a;
  return b.prefix.startsWith(a.prefix) ? b : 'none';
}

/** `match` less the texts that the other condition refuses. */
function among(match: StringMatch, texts: readonly string[], isMet: (text: string) => boolean): StringConjunction {
  const met = texts.filter(isMet);
  if (met.length === 0) return 'none';
  return met.length === texts.length ? match : oneOf(met);
}

/** The texts that a condition names one by one; null: it describes them. */
function literals({ exact, regex }: StringMatch): string[] | null {
  if (exact !== undefined) return [exact];
  return regex !== undefined && /^[\w-]+(\|[\w-]+)*$/.test(regex) ? regex.split('|') : null;
}

function isPresence({ exact, prefix, regex }: StringMatch): boolean {
  return exact === undefined && prefix === undefined && regex === undefined;
}

type HeadersConjunction = Record<string, StringMatch> | 'none' | 'unwritable' | undefined;

function ofHeaders(
  theirs: Record<string, StringMatch> | undefined,
  ours: Record<string, StringMatch> | undefined,
): HeadersConjunction {
  if (theirs === undefined || ours === undefined) return theirs ?? ours;
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const merged = names.map((name) => [name, both(theirs[name], ours[name])] as const);
  const outcomes = merged.map(([, outcome]) => outcome);
  if (outcomes.includes('none')) return 'none';
  return outcomes.includes('unwritable') ? 'unwritable' : (Object.fromEntries(merged) as Record<string, StringMatch>);
}

function present(fields: Record<string, unknown>): HttpMatch {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isWritten(found: Conjunction): found is HttpMatch {
  return typeof found === 'object';
}

function distinct(matches: readonly HttpMatch[]): HttpMatch[] {
  return [...new Map(matches.map((match) => [canonicalJson(match), match])).values()];
}
