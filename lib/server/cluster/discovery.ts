import type { ApiClient } from './api-client';
import { isFixedVersion, kinds, type Kind } from './kinds';

const validMs = 5 * 60_000;
const newestFirst = ['v1', 'v1beta1', 'v1alpha3'];

/** Which versions the API server serves, remembered for five minutes. */
export class Discovery {
  readonly #client: ApiClient;
  #groups: { versions: Promise<Map<string, string[]>>; askedAt: number } | null = null;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** `group/version` for a kind. Istio's groups: the newest served one; kinds of Kubernetes, EnvoyFilter: fixed. */
  async apiVersionOf(kind: Kind): Promise<string> {
    const { group, version } = kinds[kind];
    if (group === '') return version;
    if (!group.endsWith('.istio.io') || isFixedVersion(kind)) return `${group}/${version}`;
    const served = (await this.#versions()).get(group) ?? [];
    return `${group}/${newestFirst.find((candidate) => served.includes(candidate)) ?? version}`;
  }

  /** True when the API server has the kind's group. */
  async serves(kind: Kind): Promise<boolean> {
    const { group } = kinds[kind];
    return group === '' || (await this.#versions()).has(group);
  }

  async kubernetesVersion(): Promise<string | null> {
    const { body } = await this.#client.json({ method: 'GET', path: '/version' });
    return (body as { gitVersion?: string }).gitVersion ?? null;
  }

  #versions(): Promise<Map<string, string[]>> {
    if (this.#groups && Date.now() - this.#groups.askedAt < validMs) return this.#groups.versions;
    const versions = this.#read();
    this.#groups = { versions, askedAt: Date.now() };
    versions.catch(() => (this.#groups = null));
    return versions;
  }

  async #read(): Promise<Map<string, string[]>> {
    const { body } = await this.#client.json({ method: 'GET', path: '/apis' });
    const { groups = [] } = body as { groups?: { name: string; versions: { version: string }[] }[] };
    return new Map(groups.map((group) => [group.name, group.versions.map(({ version }) => version)]));
  }
}
