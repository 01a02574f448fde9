import { expect, it } from 'vitest';
import { matchText } from './match-text';

it('a condition is told on one line: method, path, headers', () => {
  expect(matchText({ method: { exact: 'GET' }, path: { prefix: '/reviews/' } })).toBe('GET /reviews/*');
  expect(matchText({ headers: { 'x-test-user': { exact: 'true' }, 'x-canary': { present: true } } })).toBe(
    'x-test-user: true x-canary',
  );
  expect(matchText({ path: { regex: '/v[12]/.*' }, headers: { cookie: { prefix: 'a' } } })).toBe(
    '~/v[12]/.* cookie: a*',
  );
});
