/** Requests in bulk: nothing is drawn for a single one, except the few that the logs tell. */
import { Random } from '../core/random.ts';
import type { LivePod } from './live-pods.ts';
import type { RequestSpec } from './objects.ts';
import type { ProxyState } from './propagation.ts';
import { binomial } from './sampling.ts';

/** Requests of one kind from one client in one stretch of time. */
export interface Batch {
  client: LivePod;
  state: ProxyState;
  request: RequestSpec;
  /** The host, as the client's proxy resolved it. */
  called: string;
  count: number;
  /** The first of them, told in the logs. */
  told: ToldRequest[];
  endMs: number;
}

export interface ToldRequest {
  /** Makes the request's id; a copy carries the same. */
  idSeed: number;
  timeMs: number;
}

const toldPerSecond = 20;

/** Some of `count` requests, spread over the time. */
export function pickTold(count: number, fromMs: number, toMs: number, random: Random): ToldRequest[] {
  const most = Math.max(1, Math.ceil((toldPerSecond * (toMs - fromMs)) / 1000));
  const kept = Math.min(count, most);
  return Array.from({ length: kept }, (_, i) => ({
    idSeed: Math.floor(random.next() * 2 ** 32),
    timeMs: Math.floor(fromMs + ((i + random.next()) / kept) * (toMs - fromMs)),
  }));
}

/** The first `count` of a batch, told ones first, and the rest. */
export function splitFirst(batch: Batch, count: number): [Batch, Batch] {
  return splitTold(batch, count, Math.min(count, batch.told.length));
}

/** `count` of a batch and the rest, with the told ones among both as chance has it. */
export function splitAtRandom(batch: Batch, count: number, random: Random): [Batch, Batch] {
  const { length } = batch.told;
  const told = binomial(random, length, count / Math.max(1, batch.count));
  return splitTold(batch, count, Math.max(length - (batch.count - count), Math.min(count, told)));
}

/** The request's id as Envoy writes it. */
export function requestId(idSeed: number): string {
  const random = new Random(idSeed);
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random.next() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-9${hex(3)}-${hex(12)}`;
}

function splitTold(batch: Batch, count: number, told: number): [Batch, Batch] {
  return [
    { ...batch, count, told: batch.told.slice(0, told) },
    { ...batch, count: batch.count - count, told: batch.told.slice(told) },
  ];
}
