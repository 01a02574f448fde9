import type { Locale } from '@/lib/i18n/preferences';
import { renderMessage } from '@/lib/server/http/message';
import { recordNamePrefix } from '@/lib/domain/task';
import type { TaskContext } from '../context';
import { toPortableYaml } from '@/lib/domain/manifest-yaml';
import { getTaskRecord } from '../record-store';
import { readTaskObjects, type TaskObject } from './task-manifests';

/**
 * What is not named here, such as policies, comes before: nothing runs unprotected. A route must name nothing that is
 * not there yet, so VirtualServices are applied last.
 */
const applyOrder = ['DestinationRule', 'ServiceEntry', 'Service', 'Deployment', 'VirtualService'];

/**
 * A task's objects as one YAML file for `kubectl apply`: those it made, and whole, as they stand, those of others that
 * it edited. Not its record: that is this console's note of what it did here, and applying an old one would lie. What
 * cannot be shown is named in a comment.
 */
export async function manifestsFile(
  context: TaskContext,
  { namespace, name, locale }: { namespace: string; name: string; locale: Locale },
): Promise<string> {
  const { spec } = await getTaskRecord(context.cluster, namespace, name);
  const objects = (await readTaskObjects(context, spec))
    .filter(({ kind, name: object }) => kind !== 'ConfigMap' || object !== recordNamePrefix + name)
    .toSorted((a, b) => applyOrder.indexOf(a.kind) - applyOrder.indexOf(b.kind));
  const say = (code: string, params: Record<string, string>) => `# ${renderMessage({ code, params }, locale)}\n`;
  const describe = ({ live, isHidden, relation, ...ref }: TaskObject): string => {
    const params = { kind: ref.kind, namespace: ref.namespace, name: ref.name };
    if (live) return `---\n${say(`export_${relation}`, params)}${toPortableYaml(live)}`;
    return say(isHidden ? 'export_hidden' : 'export_missing', params);
  };
  return [say('export_title', { namespace, name }), ...objects.map(describe)].join('');
}
