import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RunningPod } from './running-pod.ts';
import { serveSpdy } from './spdy.ts';

const protocol = 'portforward.k8s.io';

/**
 * Answers `kubectl port-forward` and what istioctl reads of a proxy: a connection to a port of the Pod's address, for each
 * that the client opens. WebSockets are refused: clients then fall back to SPDY.
 */
export function answerPortForward(pod: RunningPod | undefined, request: IncomingMessage, socket: Duplex): void {
  const isSpdy = request.headers.upgrade?.toLowerCase() === 'spdy/3.1';
  if (!pod || !isSpdy) {
    socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    return;
  }
  const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  socket.write([...head, `X-Stream-Protocol-Version: ${protocol}`, '\r\n'].join('\r\n'));
  /** Of each connection the stream for what goes wrong, which comes first. */
  const problems = new Map<string, Duplex>();
  void serveSpdy(socket, (stream, { streamtype, port, requestid = '' }) => {
    if (streamtype === 'error') problems.set(requestid, stream);
    else forward(stream, problems.get(requestid), { host: pod.addresses.pod, port: Number(port) });
  });
}

function forward(data: Duplex, problems: Duplex | undefined, to: { host: string; port: number }): void {
  const connection = connect(to);
  connection.once('error', (error) => problems?.write(error.message));
  connection.once('close', () => {
    problems?.end();
    data.end();
  });
  data.once('close', () => connection.destroy());
  data.pipe(connection).pipe(data);
}
