import { useDashboard } from '../engine/use-dashboard.ts';

const tones = {
  good: 'border-gain/40 text-gain',
  bad: 'border-loss/50 text-loss',
  plain: 'border-edge text-soft',
} as const;

/** What came of commands, and what somebody else changed. Read out, then gone. */
export function Notices() {
  const notices = useDashboard((state) => state.notices);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-10 flex flex-col items-end gap-2"
    >
      {notices.map(({ id, tone, text }) => (
        <p
          key={id}
          className={`max-w-md animate-arrive rounded-lg border bg-raised px-4 py-2.5 text-sm shadow-lg shadow-black/40 ${tones[tone]}`}
        >
          {text}
        </p>
      ))}
    </div>
  );
}
