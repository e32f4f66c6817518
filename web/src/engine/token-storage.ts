const key = 'novosky-console-token';

/**
 * The token to log in with: from `#token=` in the address, which is removed at once so that it stays in no history, or
 * from this tab's session.
 */
export function takeToken(): string | undefined {
  const fragment = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (fragment !== null) {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    return fragment;
  }
  return window.sessionStorage.getItem(key) ?? undefined;
}

/** Keeps the token for this tab, until it is closed. */
export function keepToken(token: string): void {
  window.sessionStorage.setItem(key, token);
}

export function forgetToken(): void {
  window.sessionStorage.removeItem(key);
}
