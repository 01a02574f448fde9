import { expect, inject } from 'vitest';
import { waitFor } from '../../cluster/control-plane.ts';
import type { Kube } from '../../kube.ts';
import { labPods, leaveNamespace } from '../lab-client.ts';
import type { LabPod } from '../lab/exporter.ts';
import type { OutboundCounts } from '../lab/outbound-counts.ts';
import { readProxyConfig } from '../planner/envoy-config.ts';
import type { ConstantLoad, LoadedRequest, LoadOptions } from './load.ts';
import { wantedShareOfV0 } from './owner.ts';
import { countsOf, liveWorkloads, makeShop, mirrorWorkload, service, type Safety, type Variant } from './shop.ts';

/** A Service under load, as a case wants it. */
export interface FireVariant extends Variant {
  safety: Safety;
}

/** Of each kind of request, before it is believed that they are copied. */
const enoughCopies = 3;
/** In so many answers a copy that was still made would show. */
const enoughAnswers = 100;
/** Answers that tell shares of 20 and 40 % apart. */
const enoughForShares = 400;
/** Standard deviations that a share may be off by chance. */
const wideDeviations = 5;

/** Of the requests that a proxy tells of as odd; the others are like them. */
const shownRequests = 10;

type Outbound = Pick<OutboundCounts, 'byUpstream' | 'retried' | 'odd'>;

interface Started {
  client: LabPod;
  requests: readonly LoadedRequest[];
  startLoad(): ConstantLoad;
  /** What the client's proxy has logged up to now. */
  outbound: Outbound;
}

/** A Service whose clients send all the time, and what its clients and its mirror notice. */
export class ServiceUnderFire {
  readonly kube: Kube;
  readonly variant: FireVariant;
  load: ConstantLoad;
  readonly #client: LabPod;
  readonly #requests: readonly LoadedRequest[];
  readonly #startLoad: () => ConstantLoad;
  #outboundBefore: Outbound;
  #startedAt = new Date().toISOString();
  /** What was done to the Service, and when. */
  readonly #done: string[] = [];

  private constructor(kube: Kube, variant: FireVariant, { client, requests, startLoad, outbound }: Started) {
    this.kube = kube;
    this.variant = variant;
    this.#client = client;
    this.#requests = requests;
    this.#startLoad = startLoad;
    this.#outboundBefore = outbound;
    this.load = startLoad();
  }

  /** Makes the Service with its clients. `startLoad`: is called with what they are to send. */
  static async start(
    kube: Kube,
    variant: FireVariant,
    startLoad: (load: Omit<LoadOptions, 'perSecond'>) => ConstantLoad,
  ): Promise<ServiceUnderFire> {
    const { client, egress, requests, answers } = await makeShop(kube, variant);
    // What the proxy did not know at first is logged a moment later, and is no problem of the load.
    await waitFor('the client’s access log', async () => countOf(await outboundOf(client)) >= answers);
    const host = `${service}.${variant.namespace}`;
    return new ServiceUnderFire(kube, variant, {
      client,
      requests,
      startLoad: () => startLoad({ egress, host, requests }),
      outbound: await outboundOf(client),
    });
  }

  /** Forgets what was noticed, and goes on under a load of its own. */
  async beginAnew(): Promise<void> {
    await this.load.stop();
    await this.#untilLogged();
    this.#outboundBefore = await outboundOf(this.#client);
    this.#startedAt = new Date().toISOString();
    this.load = this.#startLoad();
  }

  /** Notes what is done now, for whoever reads of a problem. */
  note(what: string): void {
    this.#done.push(`${new Date().toISOString()} ${what}`);
  }

  /** Ends the load, and has the namespace go in its own time: its proxies would be a load to other cases. */
  async end(): Promise<void> {
    await this.load.stop();
    leaveNamespace(this.kube, this.variant.namespace);
  }

  /**
   * What clients should not have met: requests that failed, were answered by another version than the live ones or on
   * another port; and those that only looked well because the client's proxy tried again.
   */
  async problems(): Promise<string[]> {
    const { failures, answeredBy } = this.load.result;
    const live = liveWorkloads(this.variant);
    const pods = (await labPods()).filter(({ namespace }) => namespace === this.variant.namespace);
    const workloadAt = (upstream: string) => pods.find(({ address }) => address === upstream)?.workload ?? upstream;
    const { byUpstream, retried, odd } = await this.#outbound();
    const sentTo = Object.keys(byUpstream).map(workloadAt);
    return [
      ...failures,
      ...Object.keys(answeredBy).flatMap((workload) => (live.includes(workload) ? [] : `answered by ${workload}`)),
      ...live.flatMap((workload) => (answeredBy[workload] ? [] : `never answered by ${workload}`)),
      ...sentTo.flatMap((workload) => (live.includes(workload) ? [] : `sent to ${workload}`)),
      ...(retried > 0 ? [`sent more than once: ${retried} requests`] : []),
      ...odd.slice(0, shownRequests).map(({ at, text }) => `as the proxy logged it: ${at} ${text}`),
    ];
  }

  /** Clients met no problem from the load's begin to its end, which this is. */
  async expectUnnoticed(): Promise<void> {
    expect(await this.#allProblems(), `of clients, while ${this.#done.join('; ')}`).toEqual([]);
  }

  /** The error of what was done to the Service, with what clients met meanwhile and what had been done. */
  async explain(failed: unknown): Promise<Error> {
    const problems = await this.#allProblems().catch((failure: unknown) => [String(failure)]);
    const met = problems.length === 0 ? 'clients met no problem' : `clients met ${problems.join('; ')}`;
    const message = `${failed instanceof Error ? failed.message : String(failed)}\n${met}, while ${this.#done.join('; ')}`;
    return new Error(message, { cause: failed });
  }

  /** Ends the load and waits until the proxy has logged all of it: then `problems` is the whole of it. */
  async #allProblems(): Promise<string[]> {
    await this.load.stop();
    await this.#untilLogged();
    return this.problems();
  }

  /** Waits until the client's proxy copies that share of the requests on every port; null: none on any. */
  async untilInForce(percentage: number | null): Promise<void> {
    const host = `${service}.${this.variant.namespace}.svc.cluster.local`;
    const wanted = percentage === null ? '' : String(Math.round(percentage * 10_000));
    await waitFor(`${percentage ?? 'no'} % of ${host} at the client`, async () => {
      const config = await readProxyConfig(this.#client.address);
      const found = this.variant.ports.map((port) => {
        const copies = config.copiesOf(host, port);
        if (!copies) throw new Error(`the client knows no ${host}:${port}`);
        return [...new Set(copies.flat().map(({ millionths }) => millionths))].join();
      });
      if (found.some((millionths) => millionths !== wanted)) throw new Error(`millionths by port: ${found.join('; ')}`);
      return true;
    });
  }

  /** Waits until requests of every kind that may reach the mirror have done so. */
  async untilCopied(): Promise<void> {
    const isLetThrough = ({ method }: LoadedRequest) => method === 'GET' || this.variant.safety.denyWrites === false;
    const wanted = [
      ...this.#requests.filter(isLetThrough).map(({ method, path }) => `${method} ${path}`),
      ...this.variant.ports.map((port) => `${port} on ${port}`),
    ];
    await waitFor(`copies in ${this.variant.namespace}`, async () => {
      const received = await this.#received();
      return wanted.every((kind) => (received[kind] ?? 0) > enoughCopies);
    });
  }

  /** Copies came on the port that was called, and no write reached a mirror that is protected from them. */
  async expectCopiesAsAsked(): Promise<void> {
    const { ports, safety } = this.variant;
    const kinds = Object.keys(await this.#received());
    const isWrite = (kind: string) => kind.startsWith('POST ') && safety.denyWrites !== false;
    const isPort = (kind: string) => kind.includes(' on ') && !ports.some((port) => kind === `${port} on ${port}`);
    expect(kinds.filter((kind) => isWrite(kind) || isPort(kind))).toEqual([]);
  }

  /** While clients go on sending the mirror gets nothing. */
  async expectNoCopies(): Promise<void> {
    const before = await this.#received();
    await this.load.untilAnswered(enoughAnswers);
    expect(await this.#received()).toEqual(before);
  }

  /** The live versions' answers from here on are in the shares that the owner's routes give them. */
  async expectOwnersShares(): Promise<void> {
    const { namespace, owner } = this.variant;
    const wanted = await wantedShareOfV0(this.kube, { namespace, service, owner });
    if (wanted === null) return;
    const ofV0 = () => this.load.result.answeredBy[`${service}-v0`] ?? 0;
    const [answeredBefore, ofV0Before] = [this.load.result.answered, ofV0()];
    await this.load.untilAnswered(enoughForShares);
    const answered = this.load.result.answered - answeredBefore;
    const share = (ofV0() - ofV0Before) / answered;
    const bound = wideDeviations * Math.sqrt((wanted * (1 - wanted)) / answered);
    expect(Math.abs(share - wanted), `v0 answered ${share} of ${answered}, not ${wanted}`).toBeLessThan(bound);
  }

  /** What the mirror's Pods of now got: requests by kind, and by port. */
  async #received(): Promise<Record<string, number>> {
    const received: Record<string, number> = {};
    for (const { requests, ports } of await countsOf(this.variant.namespace, mirrorWorkload)) {
      for (const [kind, count] of Object.entries({ ...requests, ...ports })) {
        received[kind] = (received[kind] ?? 0) + count;
      }
    }
    return received;
  }

  /** Since the load began. */
  async #outbound(): Promise<Outbound> {
    const { byUpstream, retried, odd } = await outboundOf(this.#client);
    const before = this.#outboundBefore;
    const since = Object.entries(byUpstream).map(
      ([upstream, count]) => [upstream, count - (before.byUpstream[upstream] ?? 0)] as const,
    );
    return {
      byUpstream: Object.fromEntries(since.filter(([, count]) => count > 0)),
      retried: retried - before.retried,
      odd: odd.filter(({ at }) => at >= this.#startedAt),
    };
  }

  async #untilLogged(): Promise<void> {
    const { answered } = this.load.result;
    await waitFor('the client’s access log', async () => countOf(await this.#outbound()) >= answered);
  }
}

/** Requests that a proxy has logged. */
function countOf({ byUpstream }: Outbound): number {
  return Object.values(byUpstream).reduce((sum, count) => sum + count, 0);
}

/** What a Pod's proxy has logged of the requests that it sent out. */
async function outboundOf({ namespace, name }: LabPod): Promise<Outbound> {
  return (await (await fetch(`${inject('lab').url}/outbound/${namespace}/${name}`)).json()) as Outbound;
}
