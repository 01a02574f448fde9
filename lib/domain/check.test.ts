import { describe, expect, it } from 'vitest';
import { checkCases, type CheckCase } from './testing/check-cases.ts';
import { checksOf } from './testing/checks.ts';

const cases = Object.entries(checkCases).flatMap(([code, found]) =>
  found.map((one) => [code, [one.finds, one.as].filter(Boolean).join(': '), one] as const),
);

function findings(code: string, { world, input }: CheckCase) {
  return checksOf(world, input)
    .filter((check) => check.code === code)
    .map((check) => ({ ...check, told: [check.severity, check.params['reason'] ?? ''].join(' ').trim() }));
}

describe('each check', () => {
  it.each(cases)('%s finds %s', (code, _title, one) => {
    const all = findings(code, one);
    if (one.finds === 'nothing') return expect(all).toEqual([]);
    const told = all.filter((finding) => finding.told === one.finds);
    expect([one.finds, all.map((finding) => finding.told)]).toEqual([one.finds, expect.arrayContaining([one.finds])]);
    expect(told).toContainEqual(expect.objectContaining({ params: expect.objectContaining(one.params ?? {}) }));
    // What passes is told beside nothing else.
    if (one.finds.startsWith('pass')) expect(all.filter(({ severity }) => severity !== 'pass')).toEqual([]);
  });

  it.each(Object.keys(checkCases))('%s is also seen to find nothing to tell', (code) => {
    const quiet = checkCases[code as keyof typeof checkCases].filter(({ finds }) => /^(pass|nothing)/.test(finds));
    expect(quiet).not.toEqual([]);
  });
});
