// What Istio's agent does beside each of its Envoys for TLS to hosts outside: istiod has proxies ask it, by Envoy's
// secret discovery service, for the authorities that the system trusts. Here one service answers all Envoys.
import { createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** Serves the authorities that proxies trust, on loopback, in clear. */
export interface SecretService {
  readonly port: number;
  stop(): Promise<void>;
}

/** istiod's name for the bundle of the system; a rule that names no authorities means it. */
const systemAuthorities = 'file-root:system';
const secretType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** Starts the service; `authorities`: certificates in PEM, which stand for the bundle in the image of Istio's proxy. */
export async function startSecretService(authorities: string): Promise<SecretService> {
  const server = createServer();
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream) => answer(stream, authorities));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

/** A gRPC stream: every request that is no acknowledgement is answered; nothing changes later. */
function answer(stream: ServerHttp2Stream, authorities: string): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  // An Envoy that ends resets its streams.
  stream.on('error', () => undefined);
  let received = Buffer.alloc(0);
  stream.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    while (received.length >= 5 && received.length >= 5 + received.readUInt32BE(1)) {
      const end = 5 + received.readUInt32BE(1);
      const { names, isAcknowledgement } = readRequest(received.subarray(5, end));
      received = received.subarray(end);
      if (!isAcknowledgement && names.includes(systemAuthorities)) stream.write(framed(response(authorities)));
    }
  });
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Of an envoy.service.discovery.v3.DiscoveryRequest, whose fields are all strings or messages. */
function readRequest(message: Buffer): { names: string[]; isAcknowledgement: boolean } {
  const fields = readFields(message);
  const named = (number: number) => fields.filter(([key]) => key === number).map(([, content]) => content);
  const [names, nonces] = [named(3), named(5)];
  return { names: names.map(String), isAcknowledgement: nonces.some(({ length }) => length > 0) };
}

function response(authorities: string): Buffer {
  const trusted = field(1, field(2, authorities));
  const secret = Buffer.concat([field(1, systemAuthorities), field(4, trusted)]);
  const any = Buffer.concat([field(1, secretType), field(2, secret)]);
  return Buffer.concat([field(1, '1'), field(2, any), field(4, secretType), field(5, '1')]);
}

/** Protocol buffers: a string or message under its number. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function readFields(message: Buffer): [number: number, content: Buffer][] {
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const fields: [number, Buffer][] = [];
  while (at < message.length) {
    const number = readVarint() >>> 3;
    const length = readVarint();
    fields.push([number, message.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}
