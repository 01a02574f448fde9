import { estimateTextWidth } from '@/components/charts/prepare-markers';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface FlowLabel {
  x: number;
  y: number;
  anchor: 'start' | 'middle' | 'end';
}

/** Where everything in the traffic flow picture stands, px. */
export interface FlowLayout {
  width: number;
  height: number;
  clients: Box;
  live: Box;
  mirror: Box;
  /** Lines with an arrow at their end, and the end's direction. */
  requests: string;
  answers: string | null;
  copies: string;
  discarded: string;
  arrows: { side: 'live' | 'mirror'; path: string }[];
  /** Where the sidecar copies. */
  node: { x: number; y: number };
  cross: { x: number; y: number };
  labels: Record<'requests' | 'copies' | 'sidecar' | 'discarded', FlowLabel> & { answers: FlowLabel | null };
}

/**
 * How the way of the copies is shown. `flow`: with their share and rate. `measured`: with the rate alone, as nobody
 * knows what share of the requests an operation that stopped on its way left behind. `fading`: paused, and the last of
 * them still in the rate. `none`: no copies.
 */
export type CopiesShown = 'flow' | 'measured' | 'fading' | 'none';

/** Copies that are measured are shown whatever the state says. `rate`: per second; null where it was not measured. */
export function copiesShown(isCopying: boolean, isPaused: boolean, rate: number | null): CopiesShown {
  if (isCopying) return 'flow';
  if (rate === null || rate === 0) return 'none';
  return isPaused ? 'fading' : 'measured';
}

const arrowLength = 15;

/** Below this width the picture stands upright. */
const uprightBelow = 620;

/** Lays the picture out for a width: lying, or upright on a narrow screen. It is never scaled, so text keeps its size. */
export function layOutFlow(width: number): FlowLayout {
  return width < uprightBelow ? layUpright(width) : layLying(width);
}

function layLying(width: number): FlowLayout {
  const boxWidth = 200;
  const boxLeft = width - boxWidth - 76;
  const clients = { x: 1, y: 46, width: 132, height: 86 };
  const live = { x: boxLeft, y: 46, width: boxWidth, height: 86 };
  const mirror = { x: boxLeft, y: 166, width: boxWidth, height: 86 };
  const node = { x: clients.width + 64, y: 78 };
  const middle = (node.x + boxLeft) / 2 + 20;
  return {
    width,
    height: 264,
    clients,
    live,
    mirror,
    requests: `M${clients.width + 1} 78H${boxLeft - arrowLength}`,
    answers: `M${boxLeft} 108H${clients.width + 1 + arrowLength}`,
    copies: `M${node.x} 87V190Q${node.x} 208 ${node.x + 18} 208H${boxLeft - arrowLength}`,
    discarded: `M${boxLeft + boxWidth} 208H${width - 28}`,
    arrows: [
      { side: 'live', path: rightArrow(boxLeft, 78) },
      { side: 'live', path: leftArrow(clients.width + 2, 108) },
      { side: 'mirror', path: rightArrow(boxLeft, 208) },
    ],
    node,
    cross: { x: width - 16, y: 208 },
    labels: {
      requests: { x: middle, y: 62, anchor: 'middle' },
      answers: { x: middle, y: 125, anchor: 'middle' },
      copies: { x: middle, y: 192, anchor: 'middle' },
      sidecar: { x: node.x, y: 38, anchor: 'middle' },
      discarded: { x: width, y: 178, anchor: 'end' },
    },
  };
}

function layUpright(width: number): FlowLayout {
  const half = (width - 12) / 2;
  const clients = { x: 1, y: 1, width: width - 2, height: 66 };
  const live = { x: 1, y: 190, width: half - 1, height: 86 };
  const mirror = { x: half + 12, y: 190, width: half - 1, height: 86 };
  const liveX = half / 2;
  const mirrorX = half + 12 + half / 2;
  const node = { x: liveX, y: 96 };
  return {
    width,
    height: 336,
    clients,
    live,
    mirror,
    requests: `M${liveX} 67V${190 - arrowLength}`,
    answers: null,
    copies: `M${liveX + 9} 96H${mirrorX - 18}Q${mirrorX} 96 ${mirrorX} 114V${190 - arrowLength}`,
    discarded: `M${mirrorX} 276V302`,
    arrows: [
      { side: 'live', path: downArrow(liveX, 190) },
      { side: 'mirror', path: downArrow(mirrorX, 190) },
    ],
    node,
    cross: { x: mirrorX, y: 314 },
    labels: {
      requests: { x: liveX + 12, y: 128, anchor: 'start' },
      answers: null,
      copies: { x: mirrorX - 12, y: 160, anchor: 'end' },
      sidecar: { x: liveX + 16, y: 88, anchor: 'start' },
      discarded: { x: mirrorX - 18, y: 318, anchor: 'end' },
    },
  };
}

function rightArrow(x: number, y: number): string {
  return `M${x - arrowLength} ${y - 7.5}L${x} ${y}l-${arrowLength} 7.5z`;
}

function leftArrow(x: number, y: number): string {
  return `M${x + arrowLength} ${y - 5.5}L${x} ${y}l${arrowLength} 5.5z`;
}

function downArrow(x: number, y: number): string {
  return `M${x - 7.5} ${y - arrowLength}L${x} ${y}l7.5 -${arrowLength}z`;
}

/** Cuts a text that would leave its box; the whole text stays in the picture's description. */
export function fitText(text: string, width: number): string {
  if (estimateTextWidth(text) <= width) return text;
  let cut = text;
  while (cut.length > 1 && estimateTextWidth(`${cut}…`) > width) cut = cut.slice(0, -1);
  return `${cut}…`;
}
