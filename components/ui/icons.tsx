import type { ComponentProps } from 'react';

/** Two halves and a mirror line: the act of mirroring. Same stroke style as lucide icons. */
export function MirrorIcon({ size = 16, ...rest }: ComponentProps<'svg'> & { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      {...rest}
    >
      <path d="M2 3.5 6.5 5v6L2 12.5z" />
      <path d="M14 3.5 9.5 5v6l4.5 1.5z" strokeDasharray="2 1.6" />
      <path d="M8 1.5v13" />
    </svg>
  );
}

/** The product's mark: a solid half (live), a dashed half (copy), the mirror between them. */
export function LogoMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" fill="none" aria-hidden className="flex-none">
      <path d="M3 5.5 11.5 8.5v11L3 22.5z" fill="var(--live)" />
      <path
        d="M25 5.5 16.5 8.5v11l8.5 3z"
        fill="var(--mirror-soft)"
        stroke="var(--mirror)"
        strokeWidth={1.6}
        strokeDasharray="3 2"
        strokeLinejoin="round"
      />
      <path d="M14 3v22" stroke="var(--brand)" strokeWidth={2} strokeLinecap="round" />
    </svg>
  );
}
