import { useDashboard, useSelect } from '../engine/use-dashboard.ts';

/** Which account the lists below show. Not there while there is only one. */
export function AccountFilter() {
  const accounts = useDashboard((state) => state.fleet?.accounts);
  const selected = useDashboard((state) => state.selected);
  const select = useSelect();
  if (accounts === undefined || accounts.length < 2) return null;
  return (
    <fieldset className="flex flex-wrap items-center gap-1.5">
      <legend className="sr-only">Show in the lists below</legend>
      <Choice
        name="All accounts"
        isOn={selected === undefined}
        onChoose={() => select(undefined)}
      />
      {accounts.map(({ id }) => (
        <Choice key={id} name={id} isOn={selected === id} onChoose={() => select(id)} />
      ))}
    </fieldset>
  );
}

function Choice(props: { name: string; isOn: boolean; onChoose: () => void }) {
  const tone = props.isOn
    ? 'border-muted bg-raised text-text'
    : 'border-transparent text-muted hover:text-text';
  return (
    <button
      type="button"
      aria-pressed={props.isOn}
      onClick={props.onChoose}
      className={`min-h-9 rounded-lg border px-3 text-sm ${tone}`}
    >
      {props.name}
    </button>
  );
}
