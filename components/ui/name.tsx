/**
 * A Kubernetes name in a table: up to 63 characters, often without a place to break. Whole up to `whole` characters;
 * a longer one breaks where it must, but never into a letter a line beside wide columns.
 */
export function Name({ children, whole = 16 }: { children: string; whole?: number }) {
  return <span className={children.length > whole ? 'name-long' : 'whitespace-nowrap'}>{children}</span>;
}
