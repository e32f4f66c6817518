import { afterEach, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import { healthyTerminal, ScriptedTerminal } from '../../../test/scripted-terminal.ts';

const path = 'GET /account';
let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

test.each([
  ['and nothing of a credit', {}, undefined],
  ['and no credit', { credit: 0 }, undefined],
  ['and a credit', { credit: 500, equity: 10_500 }, 500],
])('an account is told with what the terminal says of it: %s', async (_, fields, credit) => {
  const said = healthyTerminal[path] as { readonly json: object };
  const script = { ...healthyTerminal, [path]: { json: { ...said.json, ...fields } } };
  terminal = await ScriptedTerminal.start(script);
  const view = await mt5Client(terminal.url).account(unhurried);
  expect(view.balance).toBe(10_000);
  expect(view.credit).toBe(credit);
});
