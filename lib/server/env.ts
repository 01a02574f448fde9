import { isLinkTemplate, linkTools, type LinkTool, type ToolLink } from '@/lib/domain/link-template';
import * as z from 'zod/mini';

const text = z.string().check(z.trim(), z.minLength(1));
const integer = (minimum: number, maximum: number) =>
  z.pipe(
    z.pipe(text.check(z.regex(/^\d+$/)), z.transform(Number)),
    z.int().check(z.minimum(minimum), z.maximum(maximum)),
  );
const commaList = z.pipe(
  text,
  z.transform((list: string) => list.split(',').flatMap((item) => item.trim() || [])),
);
/** Label matchers that every PromQL selector gets, e.g. `cluster="x",region=~"eu.*"`. */
const matcher = text.check(
  z.regex(
    /^[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"([^"\\\n]|\\.)*"(,[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"([^"\\\n]|\\.)*")*$/,
  ),
);
/** HTTP headers as a JSON object, e.g. {"X-Scope-OrgID":"demo"}. */
const headers = z.pipe(
  z.pipe(
    text,
    z.transform((json: string, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch {
        context.issues.push({ code: 'custom', message: 'not JSON', input: json });
        return z.NEVER;
      }
    }),
  ),
  z.record(z.string().check(z.regex(/^[A-Za-z0-9-]+$/)), z.string().check(z.regex(/^[\x20-\x7e]*$/))),
);

/** Address of a tool with placeholders: see `isLinkTemplate`. */
const linkTemplate = text.check(z.maxLength(2000), z.refine(isLinkTemplate));

/** Every setting, by its variable. An empty variable is an absent one. */
const Variables = z.object({
  /** Path of the kubeconfig; absent: client-node's default (KUBECONFIG, ~/.kube/config, in-cluster). */
  MIRROR_CONSOLE_KUBECONFIG: z.optional(text),
  /** Context in it; absent: its current one. */
  MIRROR_CONSOLE_CONTEXT: z.optional(text),
  /** Namespaces to offer when the user may not list them. */
  MIRROR_CONSOLE_NAMESPACES: z._default(commaList, []),
  MIRROR_CONSOLE_PROMETHEUS_URL: z.optional(text.check(z.regex(/^https?:\/\//), z.url())),
  MIRROR_CONSOLE_PROMETHEUS_TOKEN_FILE: z.optional(text),
  MIRROR_CONSOLE_PROMETHEUS_CA_FILE: z.optional(text),
  MIRROR_CONSOLE_PROMETHEUS_HEADERS: z._default(headers, {}),
  MIRROR_CONSOLE_PROMETHEUS_MATCHER: z.optional(matcher),
  /** Only a label in the page's header: nothing else depends on it. */
  MIRROR_CONSOLE_ENVIRONMENT: z._default(z.enum(['sandbox', 'cluster']), 'cluster'),
  /** The port we listen on: Next sets it from `--port`. */
  PORT: z._default(integer(1, 65_535), 3000),
  /** Host names beside the loopback ones under which the console is reached. */
  MIRROR_CONSOLE_ALLOWED_HOSTS: z._default(commaList, []),
  /** Per-launch token; absent: none is asked for. */
  MIRROR_CONSOLE_TOKEN: z.optional(text.check(z.minLength(16))),
  /** Where the task's page links to, e.g. https://kiali.example.com/console/namespaces/{namespace}/services/{service}. */
  MIRROR_CONSOLE_LINK_KIALI: z.optional(linkTemplate),
  MIRROR_CONSOLE_LINK_GRAFANA: z.optional(linkTemplate),
  MIRROR_CONSOLE_LINK_ARGOCD: z.optional(linkTemplate),
  /** How long to wait after a write for every proxy to have it; absent: 10 s or twice the p99 of its push time. */
  MIRROR_CONSOLE_SETTLE_MS: z.optional(integer(0, 600_000)),
  MIRROR_CONSOLE_LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
});

const linkVariables = {
  kiali: 'MIRROR_CONSOLE_LINK_KIALI',
  grafana: 'MIRROR_CONSOLE_LINK_GRAFANA',
  argocd: 'MIRROR_CONSOLE_LINK_ARGOCD',
} as const satisfies Record<LinkTool, keyof z.infer<typeof Variables>>;

/** The settings of this process. */
export interface Environment {
  kind: 'sandbox' | 'cluster';
  kubeconfig: string | null;
  context: string | null;
  namespaces: string[];
  prometheus: PrometheusSettings | null;
  port: number;
  allowedHosts: string[];
  token: string | null;
  /** Tools that the task's page links to. */
  links: ToolLink[];
  settleMs: number | null;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  isDevelopment: boolean;
}

export interface PrometheusSettings {
  /** Without a trailing slash. */
  url: string;
  tokenFile: string | null;
  caFile: string | null;
  headers: Record<string, string>;
  matcher: string | null;
}

/** Settings from variables; throws an Error that names every wrong one, never its value. */
export function parseEnvironment(variables: Record<string, string | undefined>): Environment {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()));
  const result = Variables.safeParse(present);
  if (!result.success) {
    const names = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))];
    throw new Error(`Wrong value of ${names.join(', ')}`);
  }
  const value = result.data;
  return {
    kind: value.MIRROR_CONSOLE_ENVIRONMENT,
    kubeconfig: value.MIRROR_CONSOLE_KUBECONFIG ?? null,
    context: value.MIRROR_CONSOLE_CONTEXT ?? null,
    namespaces: value.MIRROR_CONSOLE_NAMESPACES,
    prometheus: value.MIRROR_CONSOLE_PROMETHEUS_URL
      ? {
          url: value.MIRROR_CONSOLE_PROMETHEUS_URL.replace(/\/+$/, ''),
          tokenFile: value.MIRROR_CONSOLE_PROMETHEUS_TOKEN_FILE ?? null,
          caFile: value.MIRROR_CONSOLE_PROMETHEUS_CA_FILE ?? null,
          headers: value.MIRROR_CONSOLE_PROMETHEUS_HEADERS,
          matcher: value.MIRROR_CONSOLE_PROMETHEUS_MATCHER ?? null,
        }
      : null,
    port: value.PORT,
    allowedHosts: value.MIRROR_CONSOLE_ALLOWED_HOSTS.map((name) => name.toLowerCase()),
    token: value.MIRROR_CONSOLE_TOKEN ?? null,
    links: linkTools.flatMap((tool) => {
      const template = value[linkVariables[tool]];
      return template === undefined ? [] : [{ tool, template }];
    }),
    settleMs: value.MIRROR_CONSOLE_SETTLE_MS ?? null,
    logLevel: value.MIRROR_CONSOLE_LOG_LEVEL,
    isDevelopment: present['NODE_ENV'] === 'development',
  };
}

let current: Environment | null = null;

/** The settings of this process, parsed on first use. The only reader of process.env. */
export function getEnvironment(): Environment {
  return (current ??= parseEnvironment(process.env));
}
