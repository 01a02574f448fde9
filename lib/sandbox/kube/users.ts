/** The sandbox's users: a bearer token each, made at start, and a context in its kubeconfig. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { stringify } from 'yaml';

export interface User {
  name: string;
  groups: readonly string[];
}

export const userNames = ['admin', 'project-regular', 'viewer'] as const;

export type UserName = (typeof userNames)[number];

const groupsOf: Record<UserName, string[]> = {
  admin: ['system:masters', 'system:authenticated'],
  'project-regular': ['system:authenticated'],
  viewer: ['system:authenticated'],
};

/** The namespace that a user's context opens in. */
const contextNamespaces: Record<UserName, string> = {
  admin: 'default',
  'project-regular': 'demo-project',
  viewer: 'demo-project',
};

export class Users {
  readonly #tokens = new Map<UserName, string>(
    userNames.map((name) => [name, randomBytes(24).toString('base64url')] as const),
  );

  /** The user whose token the request carries; undefined without a valid one. */
  authenticate(headers: IncomingHttpHeaders): User | undefined {
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    const name = userNames.find((candidate) => this.#tokens.get(candidate) === token);
    return name && { name, groups: groupsOf[name] };
  }

  /** A kubeconfig with one context per user; `current` is the one in force. */
  kubeconfig(server: string, certificateAuthority: string, current: UserName = 'admin'): string {
    const cluster = 'sandbox';
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': current,
      clusters: [
        {
          name: cluster,
          cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
        },
      ],
      users: userNames.map((name) => ({ name, user: { token: this.#tokens.get(name) } })),
      contexts: userNames.map((name) => ({
        name,
        context: { cluster, user: name, namespace: contextNamespaces[name] },
      })),
    });
  }
}
