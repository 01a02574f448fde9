import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBreaches, layerRules, ownerRules, parseSource, readSources } from './architecture.ts';

const root = path.resolve(import.meta.dirname, '..');

describe('architecture', () => {
  const files = readSources(root);

  it('looks at the files of every layer', () => {
    for (const { from } of layerRules.filter((rule) => !/activity|metrics/.test(rule.from))) {
      expect(
        files.some((file) => file.path.startsWith(from)),
        from,
      ).toBe(true);
    }
  });

  it('holds everywhere', () => {
    expect(findBreaches(files)).toEqual([]);
  });

  it.each([
    ['lib/domain/x.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['lib/domain/x.ts', "import { getCluster } from '../server/cluster/cluster.ts';"],
    ['lib/contract/x.ts', "import { env } from '@/lib/server/env';"],
    ['lib/server/x.ts', "import { Store } from '@/lib/sandbox/kube/store';"],
    ['lib/client/x.ts', "import { createTask } from '@/lib/server/tasks/create-task';"],
    ['lib/sandbox/x.ts', "import { planCreate } from '../domain/plan-create.ts';"],
    ['components/ui/x.tsx', "import type { Task } from '@/lib/contract/task';"],
    ['components/task-wizard/x.tsx', "import { TaskList } from '@/components/tasks/task-list';"],
    ['components/tasks/x.tsx', "const page = await import('@/components/task-wizard/wizard');"],
    ['app/api/x/route.ts', "import { Button } from '@/components/ui/button';"],
  ])('finds a planted import: %s: %s', (file, text) => {
    expect(findBreaches([parseSource(file, text)])).not.toEqual([]);
  });

  it.each([
    ['lib/server/tasks/x.ts', "import * as k8s from '@kubernetes/client-node';"],
    ['components/tasks/x.tsx', "import { LineChart } from 'recharts';"],
    ['lib/server/tasks/x.ts', 'const home = process.env.HOME;'],
    ['components/tasks/x.tsx', "import Link from 'next/link';"],
    ['components/tasks/x.tsx', "await fetch('/api/tasks');"],
    ['components/tasks/x.tsx', "const colour = '#ff0000';"],
    ['components/tasks/x.tsx', '<a href="/tasks/new">'],
  ])('finds a planted breach of ownership: %s: %s', (file, text) => {
    expect(findBreaches([parseSource(file, text)])).not.toEqual([]);
  });

  it('finds a planted schema in the browser, and lets its type in', () => {
    const contract = parseSource('lib/contract/x.ts', "import * as z from 'zod/mini';");
    const asValue = parseSource('components/tasks/x.tsx', "import { Task } from '@/lib/contract/x';");
    const asType = parseSource('lib/client/x.ts', "import type { Task } from '@/lib/contract/x';");
    expect(findBreaches([contract, asValue])).toHaveLength(1);
    expect(findBreaches([contract, asType])).toEqual([]);
  });

  it('lets a type of the domain into the sandbox, but none of its code', () => {
    expect(
      findBreaches([parseSource('lib/sandbox/x.ts', "import type { Pod } from '../domain/kubernetes.ts';")]),
    ).toEqual([]);
  });

  it('has an owner that exists for every owned thing', () => {
    for (const { owners, pattern, what } of ownerRules) {
      const owned = files.filter((file) => owners.some((owner) => file.path.startsWith(owner)));
      expect(
        owned.some((file) => pattern.test(file.text)),
        what,
      ).toBe(true);
    }
  });
});
