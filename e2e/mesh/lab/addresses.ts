import { createServer, type Server } from 'node:net';

/**
 * Loopback addresses of one lab: 127.N.*.* for what Pods listen on, 127.N+1.*.* for what their sidecars take from their
 * own applications. Two labs on one machine get different ones.
 */
export interface AddressRange {
  /** Addresses of the next Pod. */
  next(): PodAddresses;
  release(): Promise<void>;
}

export interface PodAddresses {
  /** Where the Pod is reached: the sidecar listens here. */
  pod: string;
  /** Where the Pod's own application reaches its sidecar. */
  egress: string;
}

const reservationPort = 15_999;

/** Reserves a range that no lab uses now; rejects when there is none. */
export async function reserveAddresses(): Promise<AddressRange> {
  for (let second = 10; second < 250; second += 2) {
    const reservation = await tryToListen(`127.${second}.255.254`, reservationPort);
    if (!reservation) continue;
    let count = 0;
    return {
      next: () => {
        count += 1;
        const rest = `${count >> 8}.${count & 255}`;
        return { pod: `127.${second}.${rest}`, egress: `127.${second + 1}.${rest}` };
      },
      release: () => new Promise((resolve) => reservation.close(() => resolve())),
    };
  }
  throw new Error('All address ranges of loopback are taken: stop other mesh labs on this machine.');
}

function tryToListen(host: string, port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(null));
    server.listen(port, host, () => resolve(server));
  });
}
