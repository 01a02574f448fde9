/**
 * A sentence for people, by code: rendered from `messages/` in the reader's language. Domain code never
 * holds prose. Params are plain values that the sentence names (objects, numbers with their unit in the sentence).
 */
export interface MessageRef {
  code: string;
  params: Record<string, string | number>;
}
