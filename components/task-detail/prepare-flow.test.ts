import { describe, expect, it } from 'vitest';
import { estimateTextWidth } from '@/components/charts/prepare-markers';
import { copiesShown, fitText, layOutFlow, type Box } from './prepare-flow';

const widths = [300, 340, 480, 619, 620, 700, 780, 1000, 1500];

describe('copiesShown', () => {
  it('says that there are no copies only where none are measured', () => {
    expect(copiesShown(false, false, 20.1)).toBe('measured');
    expect(copiesShown(false, true, 20.1)).toBe('fading');
    for (const rate of [0, null]) {
      expect(copiesShown(false, false, rate)).toBe('none');
      expect(copiesShown(false, true, rate)).toBe('none');
    }
  });

  it('shows a task that copies with its share, measured or not', () => {
    for (const rate of [0, null, 20.1]) expect(copiesShown(true, false, rate)).toBe('flow');
  });
});

describe('layOutFlow', () => {
  it.each(widths)('keeps every box inside a picture of %s px', (width) => {
    const layout = layOutFlow(width);
    for (const box of [layout.clients, layout.live, layout.mirror]) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(layout.width);
      expect(box.y + box.height).toBeLessThanOrEqual(layout.height);
      expect(box.width).toBeGreaterThan(120);
    }
    expect(layout.cross.x).toBeLessThan(width);
    expect(layout.cross.y).toBeLessThan(layout.height);
  });

  it.each(widths)('lays no box over another at %s px', (width) => {
    const { clients, live, mirror } = layOutFlow(width);
    expect(overlap(clients, live) || overlap(clients, mirror) || overlap(live, mirror)).toBe(false);
  });

  it('stands upright on a narrow screen', () => {
    expect(layOutFlow(400).live.y).toBeGreaterThan(layOutFlow(400).clients.y + layOutFlow(400).clients.height);
    expect(layOutFlow(900).live.y).toBe(layOutFlow(900).clients.y);
  });
});

describe('fitText', () => {
  it('keeps a text that has room', () => {
    expect(fitText('reviews v1', 180)).toBe('reviews v1');
  });

  it('cuts a longer one to its room', () => {
    const text = fitText('a-service-with-a-very-long-name-indeed v1', 120);
    expect(text.endsWith('…')).toBe(true);
    expect(estimateTextWidth(text)).toBeLessThanOrEqual(120);
  });
});

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
