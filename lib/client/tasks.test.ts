import { expect, test } from 'vitest';
import type { BasisEntry } from '@/lib/contract/task';
import { changedObjects } from './tasks';

test('what changed between two plans is named: edited, replaced, gone, new', () => {
  const entry = (name: string, uid: string, resourceVersion: string): BasisEntry => ({
    apiVersion: 'v1',
    kind: 'Service',
    namespace: 'a',
    name,
    uid,
    resourceVersion,
  });
  const before = [
    entry('same', '1', '1'),
    entry('edited', '2', '1'),
    entry('replaced', '3', '1'),
    entry('gone', '4', '1'),
  ];
  const after = [
    entry('same', '1', '1'),
    entry('edited', '2', '2'),
    entry('replaced', '9', '1'),
    entry('new', '5', '1'),
  ];
  expect(changedObjects(before, after)).toEqual([
    'Service a/edited',
    'Service a/replaced',
    'Service a/gone',
    'Service a/new',
  ]);
});
