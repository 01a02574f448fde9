// Stands in for `server-only`, which throws outside a React Server build.
export const empty = true;
