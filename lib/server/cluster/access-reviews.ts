import type { ApiClient } from './api-client';
import type { Access } from './cluster';

const validMs = 30_000;
const entriesMax = 5_000;

/** Answers of SelfSubjectAccessReview, cached for 30 s; equal questions in flight are asked once. */
export class AccessReviews {
  readonly #client: ApiClient;
  readonly #answers = new Map<string, { allowed: Promise<boolean>; askedAt: number }>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  review(accesses: readonly Access[]): Promise<boolean[]> {
    return Promise.all(accesses.map((access) => this.#allowed(access)));
  }

  #allowed(access: Access): Promise<boolean> {
    const key = [access.verb, access.group, access.resource, access.namespace].join('|');
    const known = this.#answers.get(key);
    if (known && Date.now() - known.askedAt < validMs) return known.allowed;
    if (this.#answers.size >= entriesMax) this.#answers.clear();
    const allowed = this.#ask(access);
    this.#answers.set(key, { allowed, askedAt: Date.now() });
    allowed.catch(() => this.#answers.delete(key));
    return allowed;
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
