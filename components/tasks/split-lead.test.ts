import { describe, expect, it } from 'vitest';
import { splitLead } from './split-lead';

describe('splitLead', () => {
  it('parts the first sentence from the rest in both languages', () => {
    expect(splitLead('Copies are lost. Raise the limit.')).toEqual(['Copies are lost.', 'Raise the limit.']);
    expect(splitLead('镜像请求正在丢失。调高上限。')).toEqual(['镜像请求正在丢失。', '调高上限。']);
  });

  it('ends no sentence within a name or a number', () => {
    expect(splitLead('VirtualService reviews.demo was edited at 1.5 rps. Look.')).toEqual([
      'VirtualService reviews.demo was edited at 1.5 rps.',
      'Look.',
    ]);
  });

  it('keeps a single sentence whole', () => {
    expect(splitLead('ImagePullBackOff')).toEqual(['ImagePullBackOff', '']);
  });
});
