/** Live requests go on to the live version; copies branch off to the mirror. Decoration: the text says it. */
export function MirroringPicture() {
  return (
    <svg viewBox="0 0 220 96" width={220} height={96} fill="none" aria-hidden>
      <path d="M14 48h114" stroke="var(--live)" strokeWidth={3} />
      <path d="m124 42 8 6-8 6" fill="var(--live)" />
      <rect
        x={138}
        y={30}
        width={64}
        height={36}
        rx={4}
        fill="var(--live-soft)"
        stroke="var(--live)"
        strokeWidth={1.5}
      />
      <circle cx={74} cy={48} r={6} fill="var(--surface)" stroke="var(--brand)" strokeWidth={2} />
      <path d="M74 54c0 18 12 26 34 26h20" stroke="var(--mirror)" strokeWidth={2.5} strokeDasharray="6 4" />
      <rect
        x={138}
        y={70}
        width={64}
        height={22}
        rx={4}
        fill="var(--mirror-soft)"
        stroke="var(--mirror)"
        strokeWidth={1.5}
        strokeDasharray="5 3"
      />
      <path d="M14 40v16M6 44v8" stroke="var(--control-line)" strokeWidth={2} strokeLinecap="round" />
    </svg>
  );
}
