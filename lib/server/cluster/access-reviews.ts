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

  constructor(client: Pick<ApiClient, 'json'>) {
    this.#client = client;
  }

  review(accesses: readonly Access[]): Promise<boolean[]> {
    return Promise.all(accesses.map((access) => this.#allowed(access)));
  }

  #allowed(access: Access): Promise<boolean> {
    const key = [access.verb, access.group, access.resource, access.namespace].join('|');
    const known = this.#answers.get(key);
    const now = Date.now();
    if (known && now - known.askedAt < validMs) {
      if (now >= known.renewAt) this.#renew(key, access, known);
      return known.allowed;
    }
    if (this.#answers.size >= entriesMax) this.#answers.clear();
    const answer = answerOf(this.#ask(access), now);
    this.#answers.set(key, answer);
    answer.allowed.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    return answer.allowed;
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
  return { allowed, askedAt, renewAt: askedAt + validMs - renewBeforeMs - Math.random() * renewSpreadMs };
}
