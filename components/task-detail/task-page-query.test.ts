import { describe, expect, it } from 'vitest';
import { readTaskPageQuery } from './task-page-query';

const read = (query: string) => {
  const params = new URLSearchParams(query);
  return readTaskPageQuery((name) => params.get(name) ?? '');
};

describe('readTaskPageQuery', () => {
  it('reads what the address says', () => {
    expect(read('tab=resources&range=6h&object=VirtualService/reviews&action=change')).toEqual({
      tab: 'resources',
      range: '6h',
      object: 'VirtualService/reviews',
      action: 'change',
    });
  });

  it('takes the default for what is absent or unknown', () => {
    const defaults = { tab: 'overview', range: '15m', object: null, action: null };
    expect(read('')).toEqual(defaults);
    expect(read('tab=toString&range=constructor&action=pause')).toEqual(defaults);
  });
});
