import { describe, expect, it } from 'vitest';
import { isolationPresets, withTestEnvironment } from '@/components/targets/env-presets';
import { reviews, reviewsContainer, reviewsV1 } from '@/components/targets/fixtures';
import type { TargetFacts } from '@/components/targets/target-choices';
import { withContainer, type ListedTargetDraft } from '@/components/targets/target-draft';
import { ChangeTaskInput } from '@/lib/contract/create-task-input';
import type { Task } from '@/lib/contract/task';
import { addedTargetOf, newTarget, readAdded, withShownVersion } from './added-target-draft';

const target = {
  id: 'version',
  kind: 'version',
  created: true,
  name: 'reviews-v2',
  workload: 'reviews-v2',
  version: 'v2',
};
const ofService = { id: 'service', kind: 'service', name: 'httpbin', namespace: 'httpbin', port: 8000, version: '' };
const outside = {
  id: 'external',
  kind: 'external',
  name: 'replay.example.com',
  namespace: null,
  port: 80,
  version: '',
};
const task = {
  namespace: 'demo-project',
  service: 'reviews',
  targets: [target, ofService, outside],
} as unknown as Task;
const httpbin = { ...reviews, name: 'httpbin', ports: [{ name: 'http', port: 8000, protocol: 'http' as const }] };
const facts: TargetFacts = {
  services: [reviews, { ...httpbin, ports: [{ name: 'http', port: 80, protocol: 'http' }] }],
  deployments: [reviewsV1, { ...reviewsV1, name: 'reviews-v2', version: 'v2', services: [] }],
  targetServices: { httpbin: [httpbin] },
};
const draftOf = (fields: Partial<ListedTargetDraft>): ListedTargetDraft => ({ ...newTarget, ...fields });
const added = (fields: Partial<ListedTargetDraft>, known = facts) => addedTargetOf(task, draftOf(fields), known);
const problems = (fields: Partial<ListedTargetDraft>, known = facts) =>
  added(fields, known).problems.map(({ field, code }) => `${field} ${code}`);

describe('a target that is to be added', () => {
  it.each([
    ['a new version, as it is proposed', {}, { kind: 'version', version: 'v3', replicas: 1, containers: [] }],
    [
      'a new version with pods and an image of its own',
      withContainer(draftOf({ version: 'v4', replicas: 3 }), 'reviews', { image: 'reviews:4', limits: { cpu: '1' } }),
      {
        kind: 'version',
        version: 'v4',
        replicas: 3,
        containers: [
          {
            name: 'reviews',
            image: 'reviews:4',
            resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi', cpu: '1' } },
          },
        ],
      },
    ],
    [
      'a workload that is there',
      { targetKind: 'existing', existing: 'reviews-v2' },
      { kind: 'version', existing: 'reviews-v2' },
    ],
    [
      'another service, on its only port',
      { targetKind: 'service', targetService: 'httpbin' },
      { kind: 'service', namespace: 'demo-project', name: 'httpbin', port: 80 },
    ],
    [
      'a host outside',
      { targetKind: 'external', externalHost: 'other.example.com', externalPort: '443', externalTls: true },
      { kind: 'external', host: 'other.example.com', port: 443, tls: true },
    ],
  ] as [string, Partial<ListedTargetDraft>, object][])('is what a creation would ask for: %s', (_, fields, asked) => {
    const found = added(fields);
    expect(found).toEqual({ target: { ...asked, percentage: 1 }, problems: [] });
    expect(ChangeTaskInput.safeParse({ addTargets: [found.target] }).success).toBe(true);
  });

  it('keeps the version that was suggested when another one makes that meanwhile, and says that it is taken', () => {
    const shown = withShownVersion(task, newTarget, facts);
    const [running] = facts.deployments ?? [];
    const later = { ...facts, deployments: [...(facts.deployments ?? []), { ...running!, name: 'reviews-v3' }] };
    expect(problems(withShownVersion(task, shown, later), later)).toEqual(['added.version workload_taken']);
    const typed = { ...newTarget, version: '' };
    expect(withShownVersion(task, typed, facts)).toEqual(typed);
  });

  it('has the variables of the guide’s test environment beside those that it copies', () => {
    const { containers } = readAdded(task, newTarget, facts).chosen;
    const { target: found } = added(withTestEnvironment(newTarget, containers, true));
    const [container] = found && 'containers' in found ? found.containers : [];
    expect(container?.env).toEqual([
      { name: 'LOG_DIR', value: '/tmp/logs' },
      { name: 'DB_PASSWORD', valueFrom: reviewsContainer.env[1]?.valueFrom },
      ...isolationPresets,
    ]);
  });

  it.each([
    ['a version that runs', { version: 'v1' }, 'added.version version_taken'],
    ['a version whose Deployment stands', { version: 'v2' }, 'added.version workload_taken'],
    ['no label', { version: 'v 3' }, 'added.version version_characters'],
    ['no pods', { replicas: 0 }, 'added.replicas replicas_range'],
    ['no share', { percentage: '' }, 'added.percentage percentage_required'],
    ['no Deployment', { targetKind: 'existing' }, 'added.existing existing_required'],
    [
      'the service that is copied from',
      { targetKind: 'service', targetService: 'reviews' },
      'added.targetService target_service_same',
    ],
    [
      'the task’s service once more',
      { targetKind: 'service', targetNamespace: 'httpbin', targetService: 'httpbin' },
      'added.targetService target_stands',
    ],
    [
      'the task’s host once more',
      { targetKind: 'external', externalHost: 'replay.example.com', externalPort: '8080' },
      'added.externalHost target_stands',
    ],
    [
      'no host’s name',
      { targetKind: 'external', externalHost: 'Replay.example.com' },
      'added.externalHost host_pattern',
    ],
    ...['0x50', '8e1', '80.0', '-1', '65536', 'http'].map(
      (externalPort) =>
        [
          `a port such as ${externalPort}`,
          { targetKind: 'external', externalHost: 'other.example.com', externalPort },
          'added.externalPort host_port',
        ] as const,
    ),
  ] as [string, Partial<ListedTargetDraft>, string][])(
    'is none by %s, and that is told at its own field',
    (_, fields, problem) => {
      expect(added(fields).target).toBeNull();
      expect(problems(fields)).toEqual([problem]);
    },
  );

  it('is none while nobody knows of which containers it would be', () => {
    const unread = { services: undefined, deployments: undefined };
    expect(problems({ version: 'v3' }, unread)).toEqual(['added.version source_unread']);
    expect(problems({ targetKind: 'service', targetNamespace: 'httpbin', targetService: 'httpbin' }, unread)).toEqual([
      'added.targetService target_unread',
    ]);
    const cleared = withContainer(draftOf({ version: 'v3' }), 'reviews', { image: ' ' });
    expect(problems(cleared)).toEqual(['added.container.reviews.image image_required']);
  });
});
