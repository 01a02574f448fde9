import type { SourceFile } from './architecture.ts';

/** What components/layout/page-messages.tsx sends with every page. */
export const sharedAreas = ['common', 'error', 'invalid'];

/** Areas (first parts of message keys) that a file and everything it brings to the browser look words up in. */
export function areasUsedBy(entry: string, files: readonly SourceFile[]): string[] {
  const byModule = new Map(files.map((file) => [file.path.replace(/\.tsx?$/, ''), file]));
  const seen = new Set<string>();
  const areas = new Set<string>();
  const visit = (module: string): void => {
    const file = byModule.get(module);
    if (file === undefined || seen.has(module)) return;
    seen.add(module);
    for (const area of areasIn(file.text)) areas.add(area);
    for (const { module: next, typeOnly } of file.imports) if (!typeOnly) visit(next);
  };
  visit(entry);
  return [...areas].toSorted();
}

const translator = /useTranslations\('([a-z]+)/g;
/** `text('reason', …)`: words for a code of the server, see lib/client/use-error-text.ts. */
const codeText = /\(\s*'(reason|error|invalid|check|step|verb|state|charts)',/g;

function areasIn(text: string): string[] {
  const dynamic = text.includes('use-error-text') ? [...text.matchAll(codeText)] : [];
  return [...text.matchAll(translator), ...dynamic].map((match) => match[1] ?? '');
}

/** Areas that a page hands to the browser: `<PageMessages areas={['list', …]}>`. */
export function areasGivenBy(page: SourceFile): string[] {
  const given = /<PageMessages\s+areas=\{\[([^\]]*)\]/.exec(page.text)?.[1] ?? '';
  return [...given.matchAll(/'([a-z]+)'/g)].map((match) => match[1] ?? '').toSorted();
}
