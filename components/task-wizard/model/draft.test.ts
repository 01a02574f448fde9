import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headerKinds, pathKinds } from '@/components/request-match/conditions';
import { emptyContainerDraft, emptyTarget, targetKinds, withContainer } from '@/components/targets/target-draft';
import { clearDraft, namesSecret, readDraft, writeDraft, type DraftStorage } from './draft';
import { filled } from './fixtures';
import {
  emptyForm,
  isTouched,
  withFurtherTarget,
  withService,
  withShownVersions,
  withTarget,
  type TargetKey,
  type WizardForm,
} from './form-model';

function memory(): DraftStorage & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => void texts.set(key, text),
    removeItem: (key) => void texts.delete(key),
  };
}

const plainName = fc.stringMatching(/^[A-Z_]{1,12}$/).filter((name) => !namesSecret(name));

const conditions = fc
  .array(
    fc.record({
      method: fc.constantFrom('', 'GET', 'POST'),
      pathKind: fc.constantFrom(...pathKinds),
      path: fc.string(),
      headers: fc.array(fc.record({ name: fc.string(), kind: fc.constantFrom(...headerKinds), value: fc.string() })),
    }),
  )
  .map((list) =>
    list.map((one, index) => ({
      ...one,
      id: String(index + 1),
      headers: one.headers.map((header, at) => ({ ...header, id: String(at + 1) })),
    })),
  );

const targetFields = {
  targetKind: fc.constantFrom(...targetKinds),
  version: fc.option(fc.string()),
  replicas: fc.integer({ min: 1, max: 100 }),
  existing: fc.option(fc.string()),
  targetNamespace: fc.option(fc.string()),
  targetService: fc.option(fc.string()),
  targetPort: fc.option(fc.integer({ min: 1, max: 65_535 })),
  externalHost: fc.string(),
  externalPort: fc.string(),
  externalTls: fc.boolean(),
  containers: fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.record({
      image: fc.option(fc.string()),
      envValues: fc.dictionary(plainName, fc.string()),
      envRemoved: fc.array(plainName),
      envAdded: fc
        .array(fc.record({ name: plainName, value: fc.string() }))
        .map((rows) => rows.map((row, index) => ({ ...row, id: String(index + 1) }))),
      requests: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.string()),
      limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.string()),
    }),
  ),
};

const anyForm: fc.Arbitrary<WizardForm> = fc.record({
  ...targetFields,
  name: fc.string(),
  description: fc.string(),
  service: fc.option(fc.string()),
  ports: fc.option(fc.array(fc.integer({ min: 1, max: 65_535 }))),
  further: fc.array(fc.record({ ...targetFields, id: fc.string(), percentage: fc.string() }), { maxLength: 2 }),
  routes: fc.option(fc.array(fc.record({ namespace: fc.string(), virtualService: fc.string(), route: fc.string() })), {
    nil: null,
  }),
  conditions,
  setAside: conditions,
  readsOnly: fc.option(fc.boolean()),
  percentage: fc.string(),
  placement: fc.option(fc.constantFrom('dedicated', 'subset')),
  delivery: fc.option(fc.constantFrom('write', 'patch')),
  denyWrites: fc.option(fc.boolean()),
  marker: fc.boolean(),
});

describe('draft', () => {
  test('everything typed comes back', () => {
    fc.assert(
      fc.property(anyForm, (form) => {
        const storage = memory();
        writeDraft(storage, 'demo-project', form);
        expect(readDraft(storage, 'demo-project')).toEqual(form);
      }),
      { numRuns: 500 },
    );
  });

  test('values of secret variables are never stored and come back as to be typed again', () => {
    const storage = memory();
    const form = withContainer(filled, 'reviews', {
      envValues: { DB_PASSWORD: 'hunter2', LOG_DIR: '/tmp' },
      envAdded: [{ id: '1', name: 'API_TOKEN', value: 'hunter2' }],
    });
    const { containers } = form;
    writeDraft(
      storage,
      'demo-project',
      withTarget(withFurtherTarget(form), '1', (row) => ({ ...row, containers })),
    );
    expect([...storage.texts.values()].join()).not.toContain('hunter2');
    const back = readDraft(storage, 'demo-project')!;
    for (const target of [back, ...back.further]) {
      expect(target.containers.reviews?.envValues).toEqual({ DB_PASSWORD: null, LOG_DIR: '/tmp' });
      expect(target.containers.reviews?.envAdded).toEqual([{ id: '1', name: 'API_TOKEN', value: null }]);
    }
    expect(back.further).toHaveLength(1);
  });

  test('each namespace has its own, and clearing one leaves the other', () => {
    const storage = memory();
    writeDraft(storage, 'a', { ...filled, name: 'in-a' });
    writeDraft(storage, 'b', { ...filled, name: 'in-b' });
    clearDraft(storage, 'a');
    expect(readDraft(storage, 'a')).toBeNull();
    expect(readDraft(storage, 'b')?.name).toBe('in-b');
  });

  test.each(['{', 'null', '[]', '{"schemaVersion":1,"form":{}}', '{"schemaVersion":2,"form":null}'])(
    'what cannot be read (%s) is no draft',
    (text) => {
      const storage = memory();
      storage.setItem('mirror-console.draft.a', text);
      expect(readDraft(storage, 'a')).toBeNull();
    },
  );

  test('fields of another type are dropped one by one', () => {
    const storage = memory();
    storage.setItem(
      'mirror-console.draft.a',
      JSON.stringify({
        schemaVersion: 2,
        form: {
          name: 'kept',
          replicas: 'x',
          containers: {
            c: { envAdded: 1 },
            d: { envValues: { A: 1, B: 'b' }, envAdded: [{ name: 1, value: 2 }], requests: { cpu: 1, memory: '1Gi' } },
          },
          further: [1, { percentage: '5' }, { id: '2', targetKind: 'pod', percentage: 5, targetPort: 1.5 }],
        },
      }),
    );
    const form = readDraft(storage, 'a');
    expect(form).toMatchObject({ name: 'kept', replicas: 1 });
    expect(form?.further).toEqual([{ ...emptyTarget, id: '2', percentage: '' }]);
    expect(form?.containers.c?.envAdded).toEqual([]);
    expect(form?.containers.d).toEqual({
      ...emptyContainerDraft,
      envValues: { A: null, B: 'b' },
      envAdded: [{ id: '1', name: '', value: null }],
      requests: { memory: '1Gi' },
    });
  });

  test('a storage that refuses does not break typing', () => {
    const refusing: DraftStorage = {
      getItem: () => {
        throw new Error('refused');
      },
      setItem: () => {
        throw new Error('full');
      },
      removeItem: () => {
        throw new Error('refused');
      },
    };
    expect(() => writeDraft(refusing, 'a', filled)).not.toThrow();
    expect(readDraft(refusing, 'a')).toBeNull();
  });
});

test('another service takes the target of the old one with it, the name stays', () => {
  const form = withContainer<WizardForm>({ ...filled, version: 'v9', existing: 'x', placement: 'subset' }, 'reviews', {
    image: 'a',
  });
  expect(withService(form, 'ratings')).toEqual({ ...emptyForm, name: filled.name, service: 'ratings' });
  expect(withService(form, 'reviews')).toBe(form);
});

test('a suggestion that was passed stays when another would be made', () => {
  const shown = (key: TargetKey): string => (key === null ? 'v2' : 'v3');
  expect(withShownVersions(filled, shown).version).toBe('v2');
  expect(withShownVersions({ ...filled, version: 'v7' }, shown).version).toBe('v7');
  expect(withShownVersions({ ...filled, targetKind: 'existing' }, shown).version).toBeNull();
  expect(withShownVersions(withFurtherTarget(filled), shown).further).toMatchObject([{ version: 'v3' }]);
});

test('only what was typed counts as touched', () => {
  expect(isTouched(emptyForm)).toBe(false);
  expect(isTouched({ ...emptyForm, service: 'reviews' })).toBe(false);
  expect(isTouched({ ...emptyForm, name: 'a' })).toBe(true);
});
