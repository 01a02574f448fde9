import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

/** A host outside the mesh: no proxy stands before it, and it speaks TLS alone. */
export interface OutsideHost {
  /** What its certificate is for; like every name below localhost it leads to this machine. */
  readonly host: string;
  readonly port: number;
  /** Its certificate, in PEM, which is its own authority. */
  readonly certificate: string;
  /** Requests that came, by the names that were asked for in TLS and in HTTP: `SNI HOST`. */
  readonly requests: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

const host = 'secure.localhost';

/** Starts a host that answers whatever it is asked. */
export async function startOutsideHost(): Promise<OutsideHost> {
  const { private: key, cert: certificate } = await generate([{ name: 'commonName', value: host }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    ],
  });
  const requests: Record<string, number> = {};
  const server = createServer({ key, cert: certificate }, (request, response) => {
    const names = `${(request.socket as TLSSocket).servername || '-'} ${request.headers.host ?? '-'}`;
    requests[names] = (requests[names] ?? 0) + 1;
    request.resume();
    response.end('thrown away');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host,
    port: (server.address() as AddressInfo).port,
    certificate,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
