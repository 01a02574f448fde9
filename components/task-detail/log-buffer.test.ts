import { describe, expect, it } from 'vitest';
import { appendToLog, emptyLog, splitMatches } from './log-buffer';

describe('appendToLog', () => {
  it('puts lines together that arrive in pieces', () => {
    const buffer = ['GET /hea', 'ders 200\nGET /ip', ' 200\n'].reduce(
      (log, text) => appendToLog(log, text, 100),
      emptyLog,
    );
    expect(buffer).toEqual({ lines: ['GET /headers 200', 'GET /ip 200'], rest: '', first: 0 });
  });

  it('does not show a line before it has ended', () => {
    expect(appendToLog(emptyLog, 'half', 100).lines).toEqual([]);
  });

  it('keeps empty lines', () => {
    expect(appendToLog(emptyLog, 'a\n\nb\n', 100).lines).toEqual(['a', '', 'b']);
  });

  it('keeps the newest lines and goes on counting', () => {
    const buffer = appendToLog(appendToLog(emptyLog, '1\n2\n3\n', 3), '4\n5\n', 3);
    expect(buffer.lines).toEqual(['3', '4', '5']);
    expect(buffer.first).toBe(2);
  });
});

describe('splitMatches', () => {
  it('finds every occurrence, whatever its case', () => {
    expect(splitMatches('Host: a-shadow b-SHADOW', '-shadow')).toEqual([
      { text: 'Host: a', match: false },
      { text: '-shadow', match: true },
      { text: ' b', match: false },
      { text: '-SHADOW', match: true },
    ]);
  });

  it('leaves a line without occurrence whole', () => {
    expect(splitMatches('GET /', 'x')).toEqual([{ text: 'GET /', match: false }]);
    expect(splitMatches('GET /', '')).toEqual([{ text: 'GET /', match: false }]);
    expect(splitMatches('', 'x')).toEqual([{ text: '', match: false }]);
  });

  it('never loses a character', () => {
    for (const line of ['aaa', 'İstanbul a', 'a', 'bab']) {
      expect(
        splitMatches(line, 'a')
          .map((part) => part.text)
          .join(''),
      ).toBe(line);
    }
  });
});
