import { describe, expect, test } from 'vitest';
import type { Rule } from './account-audit.ts';
import { MailAudit } from './mail-audit.ts';

/** Two post offices with one line, which hands over what is sent only when it is told to. */
function watchedLine() {
  const rules: Rule[] = [];
  const sent: unknown[] = [];
  const audit = new MailAudit(
    ({ rule }) => rules.push(rule),
    (_, message) => sent.push(message),
  );
  const office = (thread: string) => audit.openOffice({ thread, onDeadLetter: () => {} });
  const [market, account] = [office('market'), office('account')];
  const underWay: unknown[] = [];
  market.connect('account', {
    postMessage: (message: unknown) => underWay.push(message),
    on: () => undefined as never,
    close: () => {},
  });
  let hear: (message: unknown) => void = () => {};
  account.connect('market', {
    postMessage: () => {},
    on: ((event: string, listener: (message: unknown) => void) => {
      if (event === 'message') hear = listener;
    }) as never,
    close: () => {},
  });
  const taken: unknown[] = [];
  account.register('actor', { name: 'actor', tell: (message) => taken.push(message) });
  const ref = market.ref<object>('account/actor');
  return { audit, rules, sent, ref, taken, underWay, arrive: (message: unknown) => hear(message) };
}

describe('the audit of mail', () => {
  test('has nothing to say of letters that arrive once and in order', () => {
    const { audit, rules, sent, ref, taken, underWay, arrive } = watchedLine();
    ref.tell({ type: 'one' });
    ref.tell({ type: 'two' });
    for (const message of underWay) arrive(message);
    audit.everythingArrived();
    expect(rules).toEqual([]);
    expect(sent).toEqual([{ type: 'one' }, { type: 'two' }]);
    expect(taken).toMatchObject([{ type: 'one' }, { type: 'two' }]);
  });

  test.each([
    ['overtakes another', [1, 0]],
    ['arrives twice', [0, 0]],
  ])('notices a letter that %s', (_, order) => {
    const { rules, ref, underWay, arrive } = watchedLine();
    ref.tell({ type: 'one' });
    ref.tell({ type: 'two' });
    for (const index of order) arrive(underWay[index]);
    expect(rules).toEqual(['mail was doubled or overtook other mail'] satisfies Rule[]);
  });

  test('notices a letter that never arrives', () => {
    const { audit, rules, ref, underWay, arrive } = watchedLine();
    ref.tell({ type: 'one' });
    ref.tell({ type: 'two' });
    arrive(underWay[0]);
    audit.everythingArrived();
    expect(rules).toEqual(['mail was lost'] satisfies Rule[]);
  });
});
