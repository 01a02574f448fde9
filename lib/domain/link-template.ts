/** Tools that the console can link to. */
export const linkTools = ['kiali', 'grafana', 'argocd'] as const;
export type LinkTool = (typeof linkTools)[number];

/** What a template may name, in braces. */
export const linkPlaceholders = ['namespace', 'service', 'task', 'primary', 'mirror'] as const;
export type LinkValues = Record<(typeof linkPlaceholders)[number], string | null>;

/** An address of a tool with placeholders, such as `https://kiali.example.com/console/namespaces/{namespace}`. */
export interface ToolLink {
  tool: LinkTool;
  template: string;
}

const placeholder = /\{([^{}]*)\}/g;

/**
 * True for an http(s) address whose host is spelled out, without a user, and that names nothing but known placeholders:
 * whatever is put in can change neither where it leads nor how.
 */
export function isLinkTemplate(template: string): boolean {
  const [, authority] = /^https?:\/\/([^/?#\\]+)(?:[/?#][^\s\\"'<>`]*)?$/.exec(template) ?? [];
  if (authority === undefined || !/^[A-Za-z0-9.:[\]-]+$/.test(authority)) return false;
  const names = [...template.matchAll(placeholder)].map(([, name]) => name);
  if (!names.every((name) => linkPlaceholders.some((known) => known === name))) return false;
  const filled = template.replaceAll(placeholder, 'x');
  return !/[{}]/.test(filled) && URL.canParse(filled);
}

/** The address for one task, each value URL-encoded; null where it names something that the task does not have. */
export function fillLink(template: string, values: LinkValues): string | null {
  let isWhole = true;
  const filled = template.replaceAll(placeholder, (_all, name: keyof LinkValues) => {
    const value = values[name];
    if (value === null || value === '') isWhole = false;
    return encodeURIComponent(value ?? '');
  });
  return isWhole ? filled : null;
}
