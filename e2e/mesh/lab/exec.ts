import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RunningPod } from './running-pod.ts';
import { WebSocket } from './web-socket.ts';

/** Streams of a command, each message begins with its number (Kubernetes' remotecommand protocol). */
const channels = { stdout: 1, stderr: 2, error: 3 };
const protocol = 'v5.channel.k8s.io';

/**
 * Answers `kubectl exec POD -- curl …`: curl of this machine, whose connections go to the Pod's sidecar, as they would
 * from within the Pod. Other commands fail as in an image that does not have them.
 */
export function answerExec(pod: RunningPod | undefined, request: IncomingMessage, socket: Duplex): void {
  const { searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  const isOffered = (request.headers['sec-websocket-protocol'] ?? '').includes(protocol);
  if (!pod || !isOffered) {
    socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    return;
  }
  const webSocket = new WebSocket(request, socket, protocol);
  const [command, ...args] = searchParams.getAll('command');
  if (command === 'curl') runCurl(webSocket, pod, args);
  else end(webSocket, 127, `${command}: not found in the container`);
}

function runCurl(webSocket: WebSocket, { addresses }: RunningPod, args: readonly string[]): void {
  // Whatever host is called, the sidecar takes the connection; its name stays in the Host header.
  const child = spawn('curl', ['--connect-to', `::${addresses.egress}:`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (data: Buffer) => send(webSocket, channels.stdout, data));
  child.stderr.on('data', (data: Buffer) => send(webSocket, channels.stderr, data));
  child.once('error', (error) => end(webSocket, 127, error.message));
  child.once('close', (code) => end(webSocket, code ?? 1, `command terminated with exit code ${code}`));
  webSocket.onGone(() => child.kill());
}

/** Says how the command ended, as a kubelet does: in a Status on a channel of its own. */
function end(webSocket: WebSocket, code: number, message: string): void {
  const failure = {
    status: 'Failure',
    message,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
  const status = code === 0 ? { status: 'Success' } : failure;
  send(webSocket, channels.error, Buffer.from(JSON.stringify({ metadata: {}, ...status })));
  webSocket.close();
}

function send(webSocket: WebSocket, channel: number, data: Buffer): void {
  webSocket.send(Buffer.concat([Buffer.from([channel]), data]));
}
