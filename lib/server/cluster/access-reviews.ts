import type { ApiClient } from './api-client';
import type { Access } from './cluster';

const validMs = 30_000;
/** An answer that is still asked for is asked again this long before it ends, at the latest … */
const renewBeforeMs = 3_000;
/** … and at a time of its own within so long, or a list of many tasks would ask for all of its answers at once. */
const renewSpreadMs = 15_000;
const entriesMax = 5_000;

interface Answer {
  allowed: Promise<boolean>;
  /** What `allowed` resolved to; null until then. */
  known: boolean | null;
  askedAt: number;
  renewAt: number;
}

/**
 * Answers of SelfSubjectAccessReview, never older than 30 s; equal questions in flight are asked once. What is asked
 * for all the time is renewed in the background, so that nobody waits for it.
 */
export class AccessReviews {
  readonly #client: Pick<ApiClient, 'json'>;
  readonly #answers = new Map<string, Answer>();
  /** Answers to whole lists: a list of tasks asks the same thousands each time, with the same arrays. */
  readonly #known = new WeakMap<readonly Access[], { allowed: boolean[]; until: number }>();

  constructor(client: Pick<ApiClient, 'json'>) {
    this.#client = client;
  }

  async review(accesses: readonly Access[]): Promise<boolean[]> {
    const before = this.#known.get(accesses);
    if (before && Date.now() < before.until) return before.allowed;
    const answers = accesses.map((access) => this.#answer(access));
    const known = answers.map((answer) => answer.known);
    if (!known.every((allowed) => allowed !== null)) return Promise.all(answers.map(({ allowed }) => allowed));
    // Asked one by one again when the first of them is to be renewed or ends.
    const until = Math.min(...answers.map(({ askedAt, renewAt }) => Math.min(askedAt + validMs, renewAt)));
    this.#known.set(accesses, { allowed: known, until });
    return known;
  }

  #answer(access: Access): Answer {
    const { verb, group, resource, namespace } = access;
    const key = `${verb}|${group}|${resource}|${namespace}`;
    const known = this.#answers.get(key);
    const now = Date.now();
    if (known && now - known.askedAt < validMs) {
      if (now >= known.renewAt) this.#renew(key, access, known);
      return known;
    }
    if (this.#answers.size >= entriesMax) this.#answers.clear();
    const answer = answerOf(this.#ask(access), now);
    this.#answers.set(key, answer);
    answer.allowed.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    return answer;
  }

  /** What could not be renewed is asked for when it has ended. */
  #renew(key: string, access: Access, known: Answer): void {
    known.renewAt = Infinity;
    const askedAt = Date.now();
    const allowed = this.#ask(access);
    allowed.then(
      () => this.#answers.get(key) === known && this.#answers.set(key, answerOf(allowed, askedAt)),
      () => {},
    );
  }

  async #ask({ verb, group, resource, namespace }: Access): Promise<boolean> {
    const [name, subresource] = resource.split('/');
    const { body } = await this.#client.json({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: { verb, group, resource: name, ...(subresource ? { subresource } : {}), namespace },
        },
      },
    });
    return (body as { status?: { allowed?: boolean } }).status?.allowed === true;
  }
}

function answerOf(allowed: Promise<boolean>, askedAt: number): Answer {
  const renewAt = askedAt + validMs - renewBeforeMs - Math.random() * renewSpreadMs;
  const answer: Answer = { allowed, known: null, askedAt, renewAt };
  allowed.then(
    (value) => (answer.known = value),
    () => {},
  );
  return answer;
}
