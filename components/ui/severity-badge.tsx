import { CircleCheck, CircleHelp, CircleX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from './badge';

const looks = {
  fail: { tone: 'bad', icon: <CircleX aria-hidden /> },
  warn: { tone: 'warn', icon: <TriangleAlert aria-hidden /> },
  unknown: { tone: 'info', icon: <CircleHelp aria-hidden /> },
  pass: { tone: 'ok', icon: <CircleCheck aria-hidden /> },
} as const;

/** Severity of a finding as icon, word and colour. */
export function SeverityBadge({ severity, children }: { severity: keyof typeof looks; children: ReactNode }) {
  return (
    <Badge tone={looks[severity].tone} icon={looks[severity].icon}>
      {children}
    </Badge>
  );
}
