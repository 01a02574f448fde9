import { expect, test } from 'vitest';
import { RequestMatchInput } from '@/lib/contract/create-task-input';
import { fromMatchInput, newCondition, testUsers, toMatchInput, withHeader, withNewHeader } from './conditions';

const asked: RequestMatchInput[] = [
  { headers: { 'x-test-user': { exact: 'true' }, cookie: { regex: '.*beta.*' }, 'x-canary': { present: true } } },
  { method: { exact: 'GET' }, path: { prefix: '/reviews/' } },
  { path: { regex: '/api/v[12]/.*' } },
];

test('conditions of a task come back from the form as they were asked for', () => {
  expect(toMatchInput(fromMatchInput(asked))).toEqual(asked);
  for (const match of asked) expect(RequestMatchInput.safeParse(match).success).toBe(true);
});

test('the guide’s test users are the header that it names, as a text', () => {
  expect(toMatchInput([testUsers([])])).toEqual([{ headers: { 'x-test-user': { exact: 'true' } } }]);
});

test('rows keep their place while another one is taken out', () => {
  const three = withNewHeader(withNewHeader(withNewHeader(newCondition([]))));
  const [first, second, third] = three.headers;
  expect(withHeader(three, second!.id, null).headers).toEqual([first, third]);
  expect(withNewHeader(withHeader(three, second!.id, null)).headers.map(({ id }) => id)).toEqual(['1', '3', '4']);
});
