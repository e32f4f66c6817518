import { type ReactNode, useId } from 'react';

/** A titled section of the page. */
export function Panel(props: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="flex min-w-0 flex-col rounded-xl border border-line bg-panel bg-linear-to-b from-white/[0.02] to-transparent to-24"
    >
      <header className="flex min-h-11 items-center justify-between gap-3 border-b border-line px-4">
        <h2 id={id} className="eyebrow">
          {props.title}
        </h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** What a section says while it has nothing to show. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="px-4 py-8 text-center text-sm text-muted">{children}</p>;
}
