/** The form of an answer without its values: what a replayed request must be answered with again. */

interface Described {
  kind?: string;
  apiVersion?: string;
  reason?: string;
  columnDefinitions?: { name: string }[];
}

/** Kinds, reasons, members and columns of an answer's body; the event types of a watch. */
export function shapeOf(contentType: string, text: string, url: string): object {
  if (!contentType.includes('json')) return { isText: true };
  if (/[?&]watch=(true|1)/.test(url)) {
    const events = text.split('\n').flatMap((line): { type: string; object: Described }[] => {
      // A stream that is cut ends within a line.
      try {
        return line === '' ? [] : [JSON.parse(line)];
      } catch {
        return [];
      }
    });
    return { kinds: [...new Set(events.map(({ object }) => object.kind))].toSorted() };
  }
  const body = JSON.parse(text) as Described;
  return {
    kind: body.kind,
    apiVersion: body.apiVersion,
    ...(body.reason ? { reason: body.reason } : {}),
    ...(body.columnDefinitions ? { columns: body.columnDefinitions.map(({ name }) => name) } : {}),
    members: Object.keys(body).toSorted(),
  };
}
