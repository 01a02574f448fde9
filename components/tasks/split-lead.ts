/**
 * First sentence and the rest: the first stands in bold and makes sense alone. A dot within a name or number
 * ("v1.2", "reviews.demo") ends no sentence.
 */
export function splitLead(text: string): [lead: string, rest: string] {
  const end = /[。！？]|[.!?](?=\s)/.exec(text);
  if (!end) return [text, ''];
  const at = end.index + 1;
  return [text.slice(0, at), text.slice(at).trim()];
}
