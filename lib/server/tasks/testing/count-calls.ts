import type { Cluster } from '@/lib/server/cluster/cluster';

export interface CallCounter {
  /** Calls that wait for an answer now. */
  underWay: number;
}

const writes = new Set(['create', 'update', 'delete']);

/** A cluster that counts what is asked of it. */
export function countCalls(cluster: Cluster): { cluster: Cluster; calls: CallCounter } {
  const calls: CallCounter = { underWay: 0 };
  const counted = new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        if (!(answer instanceof Promise)) return answer;
        calls.underWay += 1;
        return answer.finally(() => (calls.underWay -= 1));
      };
    },
  });
  return { cluster: counted, calls };
}

/**
 * A cluster whose process dies around its nth write (from 0) of an object that is not a record: `before` it is sent
 * or `after` it took effect. Nothing that is asked from then on is ever answered.
 */
export function dyingAt(cluster: Cluster, nth: number, when: 'before' | 'after'): Cluster {
  const never = new Promise<never>(() => {});
  let seen = 0;
  let isDead = false;
  return new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const call = () => Reflect.apply(member, target, args) as unknown;
        if (property === 'health' || property === 'subscribe' || property === 'close') return call();
        if (isDead) return never;
        if (!isObjectWrite(property, args) || seen++ !== nth) return call();
        isDead = true;
        if (when === 'before') return never;
        return (call() as Promise<unknown>).then(() => never);
      };
    },
  });
}

/** Notes every write of an object that is not a record, as `verb Kind`. */
export function notingWrites(cluster: Cluster, noted: string[]): Cluster {
  return new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (isObjectWrite(property, args)) noted.push(`${String(property)} ${kindOf(args)}`);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

/** Lets somebody else act just before the first write of an object of that kind is sent. */
export function actingBefore(cluster: Cluster, write: string, act: () => void): Cluster {
  let isDone = false;
  return new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (!isDone && isObjectWrite(property, args) && write === `${String(property)} ${kindOf(args)}`) {
          isDone = true;
          act();
        }
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

type Interceptor = (proceed: () => Promise<unknown>, args: unknown[]) => Promise<unknown>;

/** A cluster some of whose methods are answered by the test, which may `proceed` to the real one. */
export function intercepting(cluster: Cluster, methods: Partial<Record<keyof Cluster, Interceptor>>): Cluster {
  return new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      const interceptor = methods[property as keyof Cluster];
      if (typeof member !== 'function' || !interceptor) return member;
      return (...args: unknown[]) => interceptor(async () => Reflect.apply(member, target, args) as unknown, args);
    },
  });
}

function isObjectWrite(method: string | symbol, args: unknown[]): boolean {
  const isDryRun = (args[1] as { dryRun?: boolean } | undefined)?.dryRun === true;
  return writes.has(String(method)) && !isDryRun && kindOf(args) !== 'ConfigMap';
}

function kindOf([target]: unknown[]): string {
  return (target as { kind: string }).kind;
}
