import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AccessReviews } from './access-reviews';

const access = { verb: 'list', group: '', resource: 'pods', namespace: 'demo-project' };

let asked: number;
let allowed: boolean;
let answers: Promise<void>;
const reviews = () =>
  new AccessReviews({
    json: async () => {
      asked += 1;
      const answer = allowed;
      await answers;
      return { body: { status: { allowed: answer } }, warnings: [] };
    },
  });

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  asked = 0;
  allowed = true;
  answers = Promise.resolve();
});
afterEach(() => vi.useRealTimers());

it('an answer is asked for once by all who ask at the same time, and shortly after', async () => {
  const review = reviews();
  expect(await Promise.all([review.review([access]), review.review([access, access])])).toEqual([[true], [true, true]]);
  vi.setSystemTime(10_000);
  expect(await review.review([access])).toEqual([true]);
  expect(asked).toBe(1);
});

it('an answer that is asked for all the time is renewed before it ends, and nobody waits for that', async () => {
  const review = reviews();
  await review.review([access]);
  answers = new Promise(() => {});
  for (let now = 0; now < 30_000; now += 500) {
    vi.setSystemTime(now);
    expect(await review.review([access])).toEqual([true]);
  }
  expect(asked).toBe(2);
});

it('no answer is older than 30 s, however often it was asked for', async () => {
  const review = reviews();
  await review.review([access]);
  allowed = false;
  for (let now = 0; now <= 60_000; now += 500) {
    vi.setSystemTime(now);
    const [answer] = await review.review([access]);
    if (now >= 30_000) expect(answer).toBe(false);
  }
});

it('a list that is asked for again and again follows what changes in any of its answers', async () => {
  const review = reviews();
  const list = [access, { ...access, resource: 'services' }];
  expect(await review.review(list)).toEqual([true, true]);
  allowed = false;
  for (let now = 0; now <= 60_000; now += 500) {
    vi.setSystemTime(now);
    const answer = await review.review(list);
    if (now >= 30_000) expect(answer).toEqual([false, false]);
  }
  expect(asked).toBeLessThanOrEqual(10);
});
