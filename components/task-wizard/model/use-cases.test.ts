import { describe, expect, it } from 'vitest';
import { reviews } from '@/components/targets/fixtures';
import { toMatchInput } from '@/components/request-match/conditions';
import { percentagePresets } from '@/lib/domain/percentage';
import { choicesOf, facts, filled } from './fixtures';
import { readDraft, writeDraft } from './draft';
import { emptyForm, withService } from './form-model';
import { fitted, pickedUseCase, guideUseCases, withUseCase } from './use-cases';

const rangeOf = { new_version: 'smoke', benchmark: 'load', shadow: 'functional', compare: 'load' } as const;

describe('the guide’s use cases', () => {
  it('set a share within the guide’s range for them, and the conditional mirror its test users’ requests, all of them', () => {
    for (const { id, percentage } of guideUseCases) {
      if (id === 'test_users') continue;
      const range = percentagePresets.find((preset) => preset.id === rangeOf[id]);
      expect(Number(percentage), id).toBeGreaterThanOrEqual(range?.low ?? Infinity);
      expect(Number(percentage), id).toBeLessThanOrEqual(range?.high ?? -Infinity);
    }
    const form = withUseCase(
      emptyForm,
      guideUseCases.find(({ id }) => id === 'test_users')!,
    );
    expect(form).toMatchObject({
      percentage: '100',
      conditions: [{ headers: [{ name: 'x-test-user', value: 'true' }] }],
    });
  });

  it('are each told from every other, until one of the things that they set is changed', () => {
    const choices = choicesOf(filled);
    expect(pickedUseCase(emptyForm, choices)).toBeNull();
    for (const useCase of guideUseCases) {
      const form = withUseCase(emptyForm, useCase);
      expect(pickedUseCase(form, choices)).toBe(useCase.id);
      expect(pickedUseCase({ ...form, percentage: '33' }, choices)).toBeNull();
      expect(pickedUseCase({ ...form, denyWrites: false }, choices)).toBeNull();
    }
  });

  it('keep conditions that were typed, and take back those of the test users', () => {
    const typed = [{ id: 'c', method: 'GET' as const, pathKind: 'exact' as const, path: '/a', headers: [] }];
    const [first] = guideUseCases;
    expect(withUseCase({ ...emptyForm, conditions: typed }, first!).conditions).toEqual(typed);
    const conditional = withUseCase(
      emptyForm,
      guideUseCases.find(({ id }) => id === 'test_users')!,
    );
    expect(withUseCase(conditional, first!).conditions).toEqual([]);
  });

  it('give back what was typed before the test users were picked, however often these are', () => {
    const typed = [{ id: 'c', method: 'GET' as const, pathKind: 'exact' as const, path: '/a', headers: [] }];
    const [first] = guideUseCases;
    const tests = guideUseCases.find(({ id }) => id === 'test_users')!;
    const before = withUseCase({ ...emptyForm, conditions: typed }, first!);
    const conditional = withUseCase(withUseCase(before, tests), tests);
    expect(conditional.conditions).toMatchObject([{ headers: [{ name: 'x-test-user' }] }]);
    expect(withUseCase(conditional, first!)).toEqual(before);
    // Whatever became of the form meanwhile: a draft that was kept, another service.
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    writeDraft(storage, 'demo-project', conditional);
    const restored = withService(readDraft(storage, 'demo-project')!, 'ratings');
    expect(toMatchInput(withUseCase(restored, first!).conditions)).toEqual(toMatchInput(typed));
  });

  it('never leave a gRPC service, whose calls are all POST, without a copy', () => {
    const services = [{ ...reviews, ports: [{ name: 'grpc', port: 9090, protocol: 'grpc' as const }] }];
    const choices = choicesOf(filled, { ...facts, services });
    for (const useCase of guideUseCases) {
      const set = fitted(useCase, filled, choices);
      expect(set.readsOnly).toBe(false);
      expect(fitted(useCase, filled, choicesOf(filled)).readsOnly).toBe(useCase.readsOnly);
    }
  });
});
