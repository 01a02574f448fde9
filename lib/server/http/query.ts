import * as z from 'zod/mini';

/** `?dryRun=true`: absent is false. */
export const queryFlag = z._default(
  z.pipe(
    z.enum(['true', 'false']),
    z.transform((text: 'true' | 'false') => text === 'true'),
  ),
  false,
);

/** A parameter that may be repeated: `?state=Paused&state=Drifted`; absent is an empty list. */
export function queryList<Item extends z.ZodMiniType<unknown, string>>(item: Item, limit: number) {
  return z._default(
    z.pipe(
      z.transform((value: unknown) => (typeof value === 'string' ? [value] : value)),
      z.array(item).check(z.maxLength(limit)),
    ),
    [],
  );
}

/** A whole number. */
export function queryInteger(minimum: number, maximum: number) {
  return z.pipe(
    z.pipe(z.string().check(z.regex(/^\d{1,15}$/)), z.transform(Number)),
    z.int().check(z.minimum(minimum), z.maximum(maximum)),
  );
}

/** Parameters as an object: a repeated one becomes a list, which only `queryList` accepts. */
export function queryObject(parameters: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((key) => {
      const [value = '', ...more] = parameters.getAll(key);
      return [key, more.length === 0 ? value : [value, ...more]];
    }),
  );
}
