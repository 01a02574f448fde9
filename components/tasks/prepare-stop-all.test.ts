import { describe, expect, it } from 'vitest';
import { byNamespace, prepareStopAll, type StopItem } from './prepare-stop-all';

const item = (name: string, outcome: StopItem['outcome'] = 'accepted', code: string | null = null): StopItem => ({
  namespace: 'shop',
  name,
  service: 'cart',
  outcome,
  reason: code === null ? null : { code, params: {}, message: code },
  stopCommand: `stop ${name}`,
});
const told = (rows: ReturnType<typeof prepareStopAll>) =>
  rows.map(({ item: { name }, status, reason }) => [name, status, reason?.code ?? null].join(' '));

describe('what stopping shows of each task', () => {
  it('names what would be paused, what stops already, and what cannot be with its reason', () => {
    const now = [item('a'), item('b', 'stopping'), item('c', 'refused', 'missing_permission')];
    expect(told(prepareStopAll(now))).toEqual(['a ready ', 'b pausing ', 'c refused missing_permission']);
  });

  it('calls a task paused only once it was asked for and is no longer among those that copy', () => {
    const asked = [item('a'), item('b')];
    expect(told(prepareStopAll([item('b', 'stopping'), item('new')], asked, asked))).toEqual([
      'a paused ',
      'b pausing ',
      'new ready ',
    ]);
  });

  it('says why a task failed, and that it can be asked for again', () => {
    const asked = [item('a'), item('b')];
    const answers = [item('a', 'refused', 'error.conflict'), item('b')];
    expect(told(prepareStopAll(asked, asked, answers))).toEqual(['a failed error.conflict', 'b pausing ']);
  });

  it('has a task once that was asked for twice', () => {
    expect(told(prepareStopAll([], [item('a'), item('a')], [item('a')]))).toEqual(['a paused ']);
  });

  it('tells of a pause that broke off after it was accepted', () => {
    const asked = [item('a')];
    expect(told(prepareStopAll([item('a', 'refused', 'action_incomplete')], asked, asked))).toEqual([
      'a refused action_incomplete',
    ]);
  });

  it('groups by namespace', () => {
    const rows = prepareStopAll([item('b'), { ...item('a'), namespace: 'web' }, item('c')]);
    expect(byNamespace(rows).map(([namespace, of]) => `${namespace} ${of.length}`)).toEqual(['shop 2', 'web 1']);
  });
});
