import type { Cluster } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';

/**
 * What happens to one write: the process `dies` when it has taken effect · the server `refuses` it from then on, as if
 * a permission had been withdrawn · its answer is `lost` once, though it took effect.
 */
export type Fault = 'dies' | 'refuses' | 'lost';

const writes = new Set(['create', 'update', 'delete']);

/** A cluster that notes every write that is sent (`update VirtualService`), dry runs apart. */
export function notingEveryWrite(cluster: Cluster, noted: string[]): Cluster {
  return onWrite(cluster, (name, send) => {
    noted.push(name);
    return send();
  });
}

/** A cluster on which a fault strikes the nth write (from 0). Nothing that is asked of a dead process is answered. */
export function faultyAt(cluster: Cluster, nth: number, fault: Fault): Cluster {
  const never = new Promise<never>(() => {});
  let seen = 0;
  let isDead = false;
  let refused: string | null = null;
  const faulty = onWrite(cluster, async (name, send) => {
    if (name === refused) throw refusal(name);
    if (seen++ !== nth) return send();
    if (fault === 'refuses') {
      refused = name;
      throw refusal(name);
    }
    isDead = fault === 'dies';
    const answer = await send();
    if (fault === 'lost') throw new ClusterError('timeout', `${name}: the answer was lost`);
    return isDead ? never : answer;
  });
  return new Proxy(faulty, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function' || property === 'health' || property === 'subscribe' || property === 'close') {
        return member;
      }
      return (...args: unknown[]) => (isDead ? never : (Reflect.apply(member, target, args) as unknown));
    },
  });
}

function refusal(name: string): ClusterError {
  return new ClusterError('forbidden', `${name}: the permission was withdrawn`);
}

function onWrite(cluster: Cluster, act: (name: string, send: () => Promise<unknown>) => Promise<unknown>): Cluster {
  return new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const send = () => Reflect.apply(member, target, args) as Promise<unknown>;
        const isDryRun = (args[1] as { dryRun?: boolean } | undefined)?.dryRun === true;
        if (!writes.has(String(property)) || isDryRun) return send();
        return act(`${String(property)} ${(args[0] as { kind: string }).kind}`, send);
      };
    },
  });
}
