/** Runs `task` once, `delayMs` from now. The returned function cancels it. */
export function after(delayMs: number, task: () => void): () => void {
  const timer = window.setTimeout(task, delayMs);
  return () => window.clearTimeout(timer);
}
