/** The common start and end of two images and what differs between them, for marking the difference. */
export interface ImageDifference {
  start: string;
  before: string;
  after: string;
  end: string;
}

/** Splits two images around their difference, at word borders (`reviews-v1:1.16.2` → `v1`, not `1`). */
export function imageDifference(before: string, after: string): ImageDifference {
  const left = before.split(/(?<=[/:@._-])|(?=[/:@._-])/);
  const right = after.split(/(?<=[/:@._-])|(?=[/:@._-])/);
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  return {
    start: left.slice(0, start).join(''),
    before: left.slice(start, left.length - end).join(''),
    after: right.slice(start, right.length - end).join(''),
    end: left.slice(left.length - end).join(''),
  };
}

/**
 * The image with another tag. A digest goes (it would win over the tag); a registry's port is not taken for a tag.
 */
export function withTag(image: string, tag: string): string {
  const withoutDigest = image.split('@')[0] ?? image;
  const lastSlash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', lastSlash + 1);
  const repository = colon === -1 ? withoutDigest : withoutDigest.slice(0, colon);
  return `${repository}:${tag}`;
}

/** A tag as the image reference grammar has it. */
export const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
