import { inject } from 'vitest';
import type { Kube } from '../../kube.ts';
import { ConstantLoad, type LoadOptions } from './load.ts';
import { ServiceUnderFire, type FireVariant } from './service-under-fire.ts';

/** `test:mesh:full`: every case, and a million requests. */
export const isFull = process.env.MESH_MATRIX === 'full';

/**
 * How long a console waits after a write. istiod pushes after 0.1 s; but a proxy uses a new cluster only when it has its
 * endpoints, which on two busy cores took 3.8 s once: at 2.5 s a route led to a cluster that was not there yet.
 */
export const settleMs = 5000;

export const caseTimeoutMs = isFull ? 3_600_000 : 900_000;

/** Holds Services under constant load. */
export class Fire {
  readonly #perSecond: number;
  readonly #loads: ConstantLoad[] = [];

  /** `perSecond`: requests to each Service. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Requests of all Services up to now. */
  get sent(): number {
    return this.#loads.reduce((sum, { result }) => sum + result.sent, 0);
  }

  /** Has something happen to a Service while its clients send all the time, and holds that they notice nothing. */
  async upon(kube: Kube, variant: FireVariant, happen: (fire: ServiceUnderFire) => Promise<void>): Promise<void> {
    const fire = await ServiceUnderFire.start(kube, variant, (load) => this.#startLoad(load));
    try {
      await happen(fire).catch(async (error: unknown) => {
        throw await fire.explain(error);
      });
      // The last writes have to reach the proxies.
      await fire.load.untilAnswered((this.#perSecond * settleMs) / 1000);
      await fire.expectUnnoticed();
    } finally {
      await fire.end();
    }
  }

  #startLoad(options: Omit<LoadOptions, 'perSecond'>): ConstantLoad {
    const load = new ConstantLoad({ ...options, perSecond: this.#perSecond });
    this.#loads.push(load);
    return load;
  }
}

/** What the lab's own applications send, times `factor`: under fire two cores are busy enough without. */
export async function setLoadOfOthers(factor: number): Promise<void> {
  await fetch(`${inject('lab').url}/load`, { method: 'PUT', body: String(factor) });
}
