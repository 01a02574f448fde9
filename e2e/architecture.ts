import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A source file and the modules it names, project modules as paths from the root without extension. */
export interface SourceFile {
  path: string;
  imports: ImportedModule[];
  text: string;
}

export interface ImportedModule {
  module: string;
  /** `import type`: gone at run time. */
  typeOnly: boolean;
}

interface LayerRule {
  /** Files the rule is for, as a path prefix. */
  from: string;
  /** Project folders or files these files may import. */
  mayImport: string[];
  /** Packages they may import; null: any. */
  packages: string[] | null;
  why: string;
}

/** Who may import whom: the table of CONTRIBUTING.md. The first rule whose prefix fits a file counts. */
export const layerRules: LayerRule[] = [
  {
    from: 'lib/domain/',
    mayImport: ['lib/domain/'],
    packages: ['zod', 'yaml'],
    why: 'the domain is pure and runs everywhere',
  },
  {
    from: 'lib/contract/',
    mayImport: ['lib/contract/', 'lib/domain/'],
    packages: ['zod'],
    why: 'the contract knows only the domain',
  },
  {
    from: 'lib/server/',
    mayImport: ['lib/server/', 'lib/contract/', 'lib/domain/', 'lib/i18n/', 'messages/'],
    packages: null,
    why: 'the server never reaches into the browser or the sandbox',
  },
  {
    from: 'lib/client/',
    mayImport: ['lib/client/', 'lib/contract/', 'lib/domain/', 'lib/routes', 'lib/format/', 'lib/i18n/preferences'],
    packages: null,
    why: 'the client talks to the server over HTTP only',
  },
  { from: 'lib/i18n/', mayImport: ['lib/i18n/', 'messages/'], packages: null, why: 'languages know nothing of tasks' },
  {
    from: 'lib/format/',
    mayImport: ['lib/format/', 'lib/i18n/preferences'],
    packages: null,
    why: 'formatting knows nothing of tasks',
  },
  { from: 'lib/routes', mayImport: [], packages: null, why: 'hrefs are plain strings' },
  {
    from: 'lib/sandbox/',
    mayImport: ['lib/sandbox/', 'lib/domain/'],
    packages: null,
    why: 'the sandbox stands in for a cluster and knows only the domain’s types',
  },
  {
    from: 'components/ui/',
    mayImport: ['components/ui/', 'lib/format/'],
    packages: null,
    why: 'primitives know nothing of tasks',
  },
  ...[
    'layout',
    'tasks',
    'task-detail',
    'task-wizard',
    'charts',
    'manifests',
    'request-match',
    'targets',
    'workloads',
    'activity',
  ].map((feature) => ({
    from: `components/${feature}/`,
    mayImport: [
      `components/${feature}/`,
      'components/ui/',
      'components/charts/',
      'components/manifests/',
      'components/request-match/',
      'components/targets/',
      ...(feature === 'task-detail' ? ['components/tasks/actions/', 'components/tasks/'] : []),
      'lib/client/',
      'lib/contract/',
      'lib/domain/',
      'lib/format/',
      'lib/routes',
      'lib/i18n/',
    ],
    packages: null,
    why: 'features meet in app/, not in each other',
  })),
  {
    from: 'app/api/',
    mayImport: ['app/api/', 'lib/server/', 'lib/contract/', 'lib/domain/'],
    packages: null,
    why: 'a route parses, calls and answers',
  },
  {
    from: 'app/metrics/',
    mayImport: ['lib/server/', 'lib/contract/'],
    packages: null,
    why: 'a route parses, calls and answers',
  },
  {
    from: 'app/',
    mayImport: [
      'app/',
      'components/',
      'lib/client/',
      'lib/server/',
      'lib/contract/',
      'lib/domain/',
      'lib/routes',
      'lib/i18n/',
      'lib/format/',
    ],
    packages: null,
    why: 'a page puts components together',
  },
];

interface OwnerRule {
  what: string;
  pattern: RegExp;
  owners: string[];
  /** Which files are looked at. */
  scope: string[];
}

/** Things that exactly one place may do. */
export const ownerRules: OwnerRule[] = [
  {
    what: '@kubernetes/client-node',
    pattern: /from '@kubernetes\/client-node'/,
    owners: ['lib/server/cluster/'],
    scope: ['app/', 'components/', 'lib/'],
  },
  {
    what: 'recharts',
    pattern: /(from|import\() ?'recharts'/,
    owners: ['components/charts/'],
    scope: ['app/', 'components/', 'lib/'],
  },
  {
    what: 'next/link',
    pattern: /(from|import\() ?'next\/link'/,
    owners: ['components/ui/link.tsx'],
    scope: ['app/', 'components/', 'lib/'],
  },
  {
    what: 'process.env',
    pattern: /process\.env(?!\.NEXT_RUNTIME)/,
    owners: ['lib/server/env.ts'],
    scope: [
      'app/',
      'components/',
      'lib/client/',
      'lib/contract/',
      'lib/domain/',
      'lib/server/',
      'lib/i18n/',
      'proxy.ts',
      'instrumentation.ts',
    ],
  },
  {
    what: 'fetch',
    pattern: /(?<![\w.])fetch\(/,
    owners: ['lib/client/http.ts', 'lib/server/metrics/prometheus.ts'],
    scope: ['app/', 'components/', 'lib/client/', 'lib/server/', 'lib/domain/', 'lib/contract/'],
  },
  {
    what: 'a colour value',
    pattern: /#[0-9a-fA-F]{6}\b|(?<![\w-])rgba?\(/,
    owners: ['app/tokens.css'],
    scope: ['app/', 'components/'],
  },
  {
    what: 'a hand-written href',
    pattern: /(href=|['"`])["'{`]*\/(tasks|deployments|services|activity)\b/,
    owners: ['lib/routes.ts'],
    scope: ['app/', 'components/'],
  },
];

const tests = /\.test\.tsx?$|(^|\/)testing\//;

/** Every breach of the rules, one sentence each. */
export function findBreaches(files: SourceFile[]): string[] {
  const production = files.filter((file) => !tests.test(file.path));
  const withSchemas = new Set(
    production
      .filter(({ imports }) => imports.some(({ module, typeOnly }) => !typeOnly && /^zod\b/.test(module)))
      .map(moduleOf),
  );
  return [
    ...production.flatMap(layerBreaches),
    ...production.flatMap(ownerBreaches),
    ...production.flatMap((file) => schemaBreaches(file, withSchemas)),
  ];
}

function moduleOf({ path: file }: SourceFile): string {
  return file.replace(/\.tsx?$/, '');
}

/** The server checks what crosses HTTP; the browser knows its types, and needs no zod. */
function schemaBreaches(file: SourceFile, withSchemas: ReadonlySet<string>): string[] {
  if (!/^(components|lib\/client)\//.test(file.path)) return [];
  return file.imports
    .filter(({ module, typeOnly }) => !typeOnly && (withSchemas.has(module) || /^zod\b/.test(module)))
    .map(({ module }) => `${file.path} brings the schemas of ${module} to the browser: import its types only`);
}

function layerBreaches(file: SourceFile): string[] {
  const rule = layerRules.find(({ from }) => file.path.startsWith(from));
  if (!rule) return [];
  return file.imports
    .filter(({ module, typeOnly }) => !isAllowed(rule, module, typeOnly))
    .map(({ module }) => `${file.path} imports ${module}: ${rule.why}`);
}

function isAllowed(rule: LayerRule, module: string, typeOnly: boolean): boolean {
  if (isProjectPath(module)) {
    // The sandbox may know the domain's types, never run its code.
    if (rule.from === 'lib/sandbox/' && module.startsWith('lib/domain/')) return typeOnly;
    return rule.mayImport.some((prefix) => module === prefix || module.startsWith(prefix));
  }
  if (rule.packages === null) return true;
  return rule.packages.some((name) => module === name || module.startsWith(`${name}/`));
}

function isProjectPath(module: string): boolean {
  return /^(app|components|lib|messages|e2e|scripts)\//.test(module);
}

function ownerBreaches(file: SourceFile): string[] {
  const code = withoutComments(file.text);
  return ownerRules
    .filter(({ scope }) => scope.some((prefix) => file.path.startsWith(prefix)))
    .filter(({ owners }) => !owners.some((owner) => file.path.startsWith(owner)))
    .filter(({ pattern }) => pattern.test(code))
    .map(({ what, owners }) => `${file.path} uses ${what}: only ${owners.join(' and ')} may`);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

const importPattern =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g;

/** Reads what a file imports; relative paths and the `@/` alias become paths from the root. */
export function parseSource(filePath: string, text: string): SourceFile {
  const imports = [...text.matchAll(importPattern)].map((match): ImportedModule => {
    const specifier = match[3] ?? match[4] ?? '';
    return { module: resolveModule(filePath, specifier), typeOnly: match[2] !== undefined };
  });
  return { path: filePath, imports, text };
}

function resolveModule(from: string, specifier: string): string {
  const withoutExtension = specifier.replace(/\.(ts|tsx)$/, '');
  if (specifier.startsWith('@/')) return withoutExtension.slice(2);
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), withoutExtension);
  return specifier;
}

/** Every TypeScript and CSS file of the product (not e2e, not scripts). */
export function readSources(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (relative: string) => {
    for (const entry of readdirSync(path.join(root, relative), { withFileTypes: true })) {
      const child = `${relative}/${entry.name}`;
      if (entry.isDirectory()) visit(child);
      else if (/\.(tsx?|css)$/.test(entry.name))
        files.push(parseSource(child, readFileSync(path.join(root, child), 'utf8')));
    }
  };
  for (const folder of ['app', 'components', 'lib']) visit(folder);
  return files;
}
