import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const opcodes = { binary: 2, close: 8 };

/** The server's side of a WebSocket (RFC 6455), as far as streams of a kubelet need it: it sends, and hears the end. */
export class WebSocket {
  readonly #socket: Duplex;

  /** Accepts an upgrade with one of the subprotocols that the client offers. */
  constructor(request: IncomingMessage, socket: Duplex, protocol: string) {
    this.#socket = socket;
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1')
      .update(key + guid)
      .digest('base64');
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accept}`,
        `Sec-WebSocket-Protocol: ${protocol}`,
        '\r\n',
      ].join('\r\n'),
    );
    socket.on('error', () => undefined);
    // What the client sends (an end of its input, an answer to our close) changes nothing here.
    socket.resume();
  }

  send(content: Buffer): void {
    this.#frame(opcodes.binary, content);
  }

  close(): void {
    const normal = Buffer.from([1000 >> 8, 1000 & 255]);
    this.#frame(opcodes.close, normal);
    this.#socket.end();
  }

  onGone(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** One whole, unmasked frame. */
  #frame(opcode: number, content: Buffer): void {
    if (this.#socket.destroyed) return;
    const { length } = content;
    const head = length < 126 ? Buffer.from([0x80 | opcode, length]) : Buffer.alloc(length < 65_536 ? 4 : 10);
    if (length >= 126) {
      head[0] = 0x80 | opcode;
      head[1] = length < 65_536 ? 126 : 127;
      if (length < 65_536) head.writeUInt16BE(length, 2);
      else head.writeBigUInt64BE(BigInt(length), 2);
    }
    this.#socket.write(Buffer.concat([head, content]));
  }
}
