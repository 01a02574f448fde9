/** A time series with its samples: [Unix ms, value], oldest first. */
export interface WrittenSeries {
  labels: Record<string, string>;
  samples: readonly (readonly [number, number])[];
}

/** Brings samples to a Prometheus by its remote-write protocol 0.1.0; rejects unless it took them. */
export async function remoteWrite(prometheusUrl: string, series: readonly WrittenSeries[]): Promise<void> {
  const body = snappyLiteral(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
  const response = await fetch(`${prometheusUrl}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: new Uint8Array(body),
  });
  if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}

/** prompb.TimeSeries: labels sorted by name, as Prometheus wants them. */
function timeSeries({ labels, samples }: WrittenSeries): Buffer {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([
    ...sorted.map(([name, value]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
    ),
    ...samples.map(([timeMs, value]) => field(2, sample(timeMs, value))),
  ]);
}

/** prompb.Sample: a double and a varint. */
function sample(timeMs: number, value: number): Buffer {
  const double = Buffer.alloc(9);
  double[0] = (1 << 3) | 1;
  double.writeDoubleLE(value, 1);
  return Buffer.concat([double, Buffer.from([2 << 3]), varint(timeMs)]);
}

/** A protobuf field whose value has a length. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** Snappy's block format with literals alone: valid, and as long as its content. */
function snappyLiteral(content: Buffer): Buffer {
  const parts = [varint(content.length)];
  for (let at = 0; at < content.length; at += 65_536) {
    const piece = content.subarray(at, at + 65_536);
    // 61: the length of the literal, less one, stands in the two bytes after the tag.
    const tag = Buffer.from([61 << 2, (piece.length - 1) & 255, (piece.length - 1) >> 8]);
    parts.push(tag, piece);
  }
  return Buffer.concat(parts);
}
