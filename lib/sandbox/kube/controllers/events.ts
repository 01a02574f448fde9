/** Events about objects, as kubectl describe shows them; repeated ones are counted, old ones expire. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../core/objects.ts';
import { toTime } from '../registry.ts';
import { ApiError } from '../status.ts';
import { createObject, writeObject, type ControllerContext } from './controller.ts';

const eventLifeMs = 3_600_000;

export interface EventText {
  type?: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
  fieldPath?: string;
}

/** Records an event on `about`; the same text again raises its count. */
export function recordEvent(context: ControllerContext, about: KubeObject, event: EventText): void {
  const { namespace = 'default', name, uid = '', resourceVersion } = about.metadata;
  const { type = 'Normal', reason, message, component, fieldPath } = event;
  const now = toTime(context.clock.now());
  const hash = createHash('sha256')
    .update(`${uid}/${type}/${reason}/${message}/${component}`)
    .digest('hex')
    .slice(0, 16);
  const eventName = `${name.slice(0, 230)}.${hash}`;
  const current = context.store.get('', 'Event', namespace, eventName);
  try {
    if (current) {
      writeObject(context, { ...current, count: (current['count'] ?? 1) + 1, lastTimestamp: now }, component);
      return;
    }
    createObject(
      context,
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName, namespace },
        involvedObject: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name,
          namespace,
          uid,
          ...(resourceVersion ? { resourceVersion } : {}),
          ...(fieldPath ? { fieldPath } : {}),
        },
        type,
        reason,
        message,
        source: { component },
        reportingComponent: component,
        reportingInstance: '',
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      },
      component,
    );
  } catch (error) {
    // An event about something in a namespace that is going away is lost, as in a real cluster.
    if (!(error instanceof ApiError)) throw error;
    return;
  }
  context.clock.after(eventLifeMs, () => expire(context, namespace, eventName));
}

function expire(context: ControllerContext, namespace: string, name: string): void {
  const event = context.store.get('', 'Event', namespace, name);
  if (!event) return;
  const idleMs = context.clock.now() - Date.parse(event['lastTimestamp']);
  if (idleMs >= eventLifeMs - 1000) context.store.remove(event);
  else context.clock.after(eventLifeMs - idleMs, () => expire(context, namespace, name));
}
