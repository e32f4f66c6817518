import type { Account, Decision } from '../engine/dashboard-store.ts';

/** Green for a gain, red for a loss, nothing for neither. */
export function resultTone(value: number): string {
  if (value > 0) return 'text-gain';
  return value < 0 ? 'text-loss' : 'text-soft';
}

export const stateTone = {
  active: { text: 'text-gain', dot: 'bg-gain' },
  paused: { text: 'text-warn', dot: 'bg-warn' },
  reducing: { text: 'text-warn', dot: 'bg-warn' },
  halted: { text: 'text-stop', dot: 'bg-stop' },
} as const satisfies Record<Account['state'], { text: string; dot: string }>;

export const verdictTone = {
  entered: 'text-gain',
  held: 'text-muted',
  denied: 'text-warn',
} as const satisfies Record<Decision['verdict'], string>;
