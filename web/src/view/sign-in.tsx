import { type FormEvent, useState } from 'react';
import { useLink } from '../engine/use-dashboard.ts';
import { Button } from './button.tsx';
import { Mark } from './mark.tsx';

/** The door: asks for the console's token. */
export function SignIn({ reason }: { reason: string | undefined }) {
  const link = useLink();
  const [token, setToken] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() !== '') link.signIn(token.trim());
  };
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form onSubmit={submit} className="w-full max-w-sm">
        <div className="flex items-center gap-3 text-live">
          <Mark className="size-8" />
          <h1 className="text-xl font-semibold tracking-[0.2em] text-text">NOVOSKY</h1>
        </div>
        <label htmlFor="token" className="eyebrow mt-8 block">
          Console token
        </label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          aria-invalid={reason !== undefined}
          aria-describedby="token-hint"
          className="mt-2 h-11 w-full rounded-lg border border-edge bg-panel px-3 font-mono text-text aria-invalid:border-loss"
        />
        {reason !== undefined && (
          <p role="alert" className="mt-2 text-sm text-loss">
            {sentence(reason)}
          </p>
        )}
        <p id="token-hint" className="mt-2 text-sm text-muted">
          It stands in <code className="font-mono text-soft">console.token</code> in the state
          folder of the engine.
        </p>
        <Button type="submit" tone="primary" className="mt-6 h-11 w-full">
          Enter
        </Button>
      </form>
    </main>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
