import { Duplex } from 'node:stream';
import { createInflate, type Inflate } from 'node:zlib';

type Headers = Record<string, string>;

const types = { synStream: 1, synReply: 2, rstStream: 3, ping: 6 };
const finished = 1;
const headBytes = 8;

/** Words that every header block may point to (SPDY draft 3.1, 2.6.10.1): each after its length, then the rest. */
const dictionary = Buffer.concat([
  ...(
    'options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|accept-language|accept-ranges|age|allow|' +
    'authorization|cache-control|connection|content-base|content-encoding|content-language|content-length|' +
    'content-location|content-md5|content-range|content-type|date|etag|expect|expires|from|host|if-match|' +
    'if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|location|max-forwards|pragma|' +
    'proxy-authenticate|proxy-authorization|range|referer|retry-after|server|te|trailer|transfer-encoding|upgrade|' +
    'user-agent|vary|via|warning|www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|' +
    'keep-alive|origin'
  )
    .split('|')
    .map((word) => Buffer.from([0, 0, 0, word.length, ...Buffer.from(word)])),
  Buffer.from(
    '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
      '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized' +
      '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable' +
      'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
      'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,' +
      'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
  ),
]);

/**
 * The server's side of SPDY/3.1 on a connection that was upgraded to it, as far as a kubelet's port-forward needs it:
 * the client opens streams, which is answered, and both send on them. Nobody's window is watched, as in Kubernetes' own.
 */
export async function serveSpdy(socket: Duplex, onStream: (stream: Duplex, headers: Headers) => void): Promise<void> {
  const streams = new Map<number, Duplex>();
  const inflate = createInflate({ dictionary });
  let replies = 0;
  const send = (bytes: Buffer) => void (socket.destroyed || socket.write(bytes));
  const openStream = async (payload: Buffer) => {
    const id = payload.readUInt32BE(0);
    const headers = readHeaders(await inflated(inflate, payload.subarray(10)));
    const stream = streamOf(id, send);
    streams.set(id, stream);
    send(reply(id, replies++ === 0));
    onStream(stream, headers);
  };
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= headBytes && received.length >= headBytes + received.readUIntBE(5, 3)) {
        const head = received.subarray(0, headBytes);
        const payload = received.subarray(headBytes, headBytes + head.readUIntBE(5, 3));
        received = received.subarray(headBytes + payload.length);
        const isControl = head[0]! >= 0x80;
        const type = head.readUInt16BE(2);
        if (!isControl) take(streams.get(head.readUInt32BE(0)), payload, head[4]!);
        else if (type === types.synStream) await openStream(payload);
        else if (type === types.rstStream) streams.get(payload.readUInt32BE(0))?.destroy();
        else if (type === types.ping) send(Buffer.concat([head, payload]));
      }
    }
  } catch {
    // The client is gone: there is nobody to tell.
  } finally {
    inflate.close();
    for (const stream of streams.values()) stream.destroy();
  }
}

function take(stream: Duplex | undefined, data: Buffer, flags: number): void {
  if (!stream || stream.destroyed) return;
  if (data.length > 0) stream.push(data);
  if (flags & finished) stream.push(null);
}

function streamOf(id: number, send: (bytes: Buffer) => void): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (data: Buffer, _encoding, done) => {
      send(dataFrame(id, 0, data));
      done();
    },
    final: (done) => {
      send(dataFrame(id, finished, Buffer.alloc(0)));
      done();
    },
  });
}

function dataFrame(id: number, flags: number, data: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(id, 0);
  head[4] = flags;
  head.writeUIntBE(data.length, 5, 3);
  return Buffer.concat([head, data]);
}

/** An answer without headers; they are one compressed stream for the whole connection. */
function reply(id: number, isFirst: boolean): Buffer {
  const noHeaders = [0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0];
  const flush = [0, 0, 0, 0xff, 0xff];
  const block = Buffer.from([...(isFirst ? [0x78, 0x01] : []), ...noHeaders, ...flush]);
  const frame = dataFrame(0, 0, Buffer.concat([Buffer.alloc(4), block]));
  frame.writeUInt16BE(0x8003, 0);
  frame.writeUInt16BE(types.synReply, 2);
  frame.writeUInt32BE(id, headBytes);
  return frame;
}

function inflated(inflate: Inflate, block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    inflate.once('error', reject);
    inflate.write(block, () => {
      inflate.off('error', reject);
      resolve(inflate.read() ?? Buffer.alloc(0));
    });
  });
}

/** Names are in lower case. */
function readHeaders(block: Buffer): Headers {
  let at = 4;
  const text = () => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.toString('utf8', at - length, at);
  };
  const headers: Headers = {};
  for (let count = block.readUInt32BE(0); count > 0; count--) {
    const name = text();
    headers[name] = text();
  }
  return headers;
}
