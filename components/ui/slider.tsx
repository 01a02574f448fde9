'use client';
import type { CSSProperties } from 'react';

/** Where a value stands on the track, 0..1, and back. */
export interface SliderScale {
  toPosition: (value: number) => number;
  fromPosition: (position: number) => number;
}

export interface SliderMark {
  value: number;
  label: string;
}

const trackSteps = 1000;

/** A straight scale between two bounds. */
export function linearScale(min: number, max: number, step = 1): SliderScale {
  return {
    toPosition: (value) => Math.min(1, Math.max(0, (value - min) / (max - min))),
    fromPosition: (position) => min + Math.round((position * (max - min)) / step) * step,
  };
}

/** A scale whose low end has room: each tenth of the track multiplies by the same factor; two digits. */
export function logScale(min: number, max: number): SliderScale {
  const span = Math.log(max / min);
  return {
    toPosition: (value) => Math.min(1, Math.max(0, Math.log(Math.max(value, min) / min) / span)),
    fromPosition: (position) => Number((min * Math.exp(position * span)).toPrecision(2)),
  };
}

/** A native range: keyboard and touch come with it. The label and the exact number stand beside it. */
export function Slider({
  label,
  value,
  onChange,
  scale,
  valueText,
  marks = [],
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
  scale: SliderScale;
  valueText: string;
  marks?: SliderMark[];
}) {
  const position = scale.toPosition(value);
  const nextFor = (target: number) => {
    const next = scale.fromPosition(target / trackSteps);
    if (next !== value) onChange(next);
  };
  return (
    <div>
      <input
        type="range"
        className="range"
        style={{ '--fill': `${position * 100}%` } as CSSProperties}
        min={0}
        max={trackSteps}
        step={1}
        value={Math.round(position * trackSteps)}
        aria-label={label}
        aria-valuetext={valueText}
        onChange={(event) => nextFor(event.target.valueAsNumber)}
        onKeyDown={(event) => {
          const jump = { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10, PageUp: 100, PageDown: -100 }[
            event.key
          ];
          if (jump === undefined) return;
          event.preventDefault();
          nextFor(Math.min(trackSteps, Math.max(0, position * trackSteps + jump)));
        }}
      />
      {marks.length > 0 && (
        <div className="relative mx-2.5 h-4" aria-hidden>
          {marks.map((mark) => (
            <span
              key={`${mark.value} ${mark.label}`}
              className="absolute -translate-x-1/2 text-2xs whitespace-nowrap text-ink-3"
              style={{ left: `${scale.toPosition(mark.value) * 100}%` }}
            >
              {mark.label}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}
