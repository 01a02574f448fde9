import { describe, expect, it } from 'vitest';
import { pairRequests, readAccessLogLine } from './access-log.ts';

/** As istio-proxy writes them by default: https://istio.io/latest/docs/tasks/observability/logs/access-log/ */
const text = (id: string, cluster: string) =>
  `[2026-11-30T09:00:00.123Z] "GET /reviews/0?x=1 HTTP/1.1" 503 UF via_upstream - "upstream reset" 0 91 12 11 "-" "curl/8.5" "${id}" "reviews:9080" "10.0.0.7:9080" ${cluster} 127.0.0.6:4 10.0.0.7:9080 10.0.0.9:5 outbound_.9080_.v1_.reviews default`;
const fields = {
  start_time: '2026-11-30T09:00:00.123Z',
  method: 'GET',
  path: '/reviews/0?x=1',
  response_code: 503,
  response_flags: 'UF',
  duration: 12,
  request_id: 'r-1',
  upstream_cluster: 'inbound|9080||',
};
const entry = {
  id: 'r-1',
  at: '2026-11-30T09:00:00.123Z',
  method: 'GET',
  path: '/reviews/0?x=1',
  code: 503,
  flags: 'UF',
  durationMs: 12,
};

describe('a line of an access log', () => {
  it('is read in both of Istio’s formats', () => {
    expect(readAccessLogLine(text('r-1', 'inbound|9080||'))).toEqual(entry);
    expect(readAccessLogLine(JSON.stringify(fields))).toEqual(entry);
  });

  it('is no request of a client’s when the Pod sent it, when it has no id, and when it is something else', () => {
    expect(readAccessLogLine(text('r-1', 'outbound|9080||ratings.shop.svc.cluster.local'))).toBeNull();
    expect(readAccessLogLine(text('-', 'inbound|9080||'))).toBeNull();
    expect(readAccessLogLine(JSON.stringify({ ...fields, request_id: null }))).toBeNull();
    expect(readAccessLogLine(JSON.stringify({ ...fields, start_time: 'soon' }))).toBeNull();
    for (const line of ['', '{', '{"level":"info"}', '2026-11-30T09:00:00Z\tinfo\tEnvoy proxy is ready', 'GET / 200'])
      expect(readAccessLogLine(line)).toBeNull();
  });
});

describe('pairs of requests', () => {
  const on = (pod: string, id: string, second: number, code = 200) => {
    const at = `2026-11-30T09:00:0${second}.000Z`;
    return { ...entry, id, at, code, pod };
  };

  it('are those that both sides have received, the latest first', () => {
    const pairs = pairRequests(
      [on('v1-a', 'one', 1), on('v1-b', 'two', 2), on('v1-a', 'not copied', 3)],
      [on('v2', 'two', 2, 500), on('v2', 'one', 1), on('v2', 'of another client', 4)],
    );
    expect(pairs.map(({ primary, mirror }) => [primary.id, primary.pod, mirror.code])).toEqual([
      ['two', 'v1-b', 500],
      ['one', 'v1-a', 200],
    ]);
  });

  it('hold each side’s last try', () => {
    const [pair, ...more] = pairRequests([on('v1-a', 'one', 1, 503), on('v1-b', 'one', 2)], [on('v2', 'one', 1)]);
    expect(more).toEqual([]);
    expect(pair?.primary).toMatchObject({ pod: 'v1-b', code: 200 });
  });
});
