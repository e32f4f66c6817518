import { describe, expect, test } from 'vitest';
import type { PostOffice } from '../runtime/post-office.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import { SimulatedThread } from '../runtime/simulation/simulated-thread.ts';
import type { Rule } from './account-audit.ts';
import { MailAudit } from './mail-audit.ts';

/** Two post offices with one line, which hands over what is sent only when it is told to. */
function watchedLine(residents: readonly string[] = []) {
  const rules: Rule[] = [];
  const sent: unknown[] = [];
  const audit = new MailAudit({
    report: ({ rule }) => rules.push(rule),
    onSent: (_, message) => sent.push(message),
  });
  const scheduler = new SeededScheduler({ random: seededRandom(1), startMs: 0 });
  const life = new SimulatedThread('account', scheduler);
  const market = audit.openOffice({ thread: 'market', onDeadLetter: () => {} });
  const account = audit.openOffice({ thread: 'account', onDeadLetter: () => {} }, life);
  const underWay: unknown[] = [];
  const lead = (peer: string) => {
    const postMessage = (message: unknown) => underWay.push(message);
    market.connect(peer, { postMessage, on: () => undefined as never, close: () => {} }, residents);
  };
  lead('account');
  const arrive = listening(account);
  const taken: unknown[] = [];
  account.register('actor', { name: 'actor', tell: (message) => taken.push(message) });
  const ref = market.ref<object>('account/actor');
  return { audit, rules, sent, market, lead, ref, taken, underWay, life, account, arrive };
}

/** Connects it to the market; what is then called with a message makes it arrive. */
function listening(office: PostOffice): (message: unknown) => void {
  let hear: (message: unknown) => void = () => {};
  office.connect('market', {
    postMessage: () => {},
    on: ((event: string, listener: (message: unknown) => void) => {
      if (event === 'message') hear = listener;
    }) as never,
    close: () => {},
  });
  return (message) => hear(message);
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

  test('blames nobody for letters that die with a thread, or are told lost', () => {
    const { audit, rules, ref, underWay, account, arrive, life } = watchedLine();
    account.unregister('actor');
    ref.tell({ type: 'one' });
    arrive(underWay[0]);
    ref.tell({ type: 'two' });
    life.end();
    ref.tell({ type: 'three' });
    audit.everythingArrived();
    expect(rules).toEqual([]);
  });

  test('blames nobody for letters to who had moved out of a dead thread, before their line followed', () => {
    const { audit, rules, market, lead, life } = watchedLine(['resident']);
    life.end();
    const alone = audit.openOffice({ thread: 'alone', onDeadLetter: () => {} });
    alone.register('actor', { name: 'actor', tell: () => {} }, 'resident');
    market.ref<object>('resident/actor').tell({ type: 'one' });
    lead('alone');
    audit.everythingArrived();
    expect(rules).toEqual([]);
    market.ref<object>('resident/actor').tell({ type: 'two' });
    audit.everythingArrived();
    expect(rules).toEqual(['mail was lost'] satisfies Rule[]);
  });

  test('blames nobody for letters to a thread that was left behind and stirs again', () => {
    const { audit, rules, ref, lead, underWay, arrive } = watchedLine();
    ref.tell({ type: 'one' });
    const successor = audit.openOffice({ thread: 'account', onDeadLetter: () => {} });
    const hear = listening(successor);
    successor.register('actor', { name: 'actor', tell: () => {} });
    lead('account');
    ref.tell({ type: 'two' });
    hear(underWay[1]);
    arrive(underWay[0]);
    expect(rules).toEqual([]);
    hear(underWay[1]);
    expect(rules).toEqual(['mail was doubled or overtook other mail'] satisfies Rule[]);
  });

  test('lets what a dead incarnation said last come once more, in its order', () => {
    const { audit, account: dead, life, taken, sent } = watchedLine();
    const back = dead.ref<object>('account/actor');
    for (const type of ['one', 'two', 'three']) back.tell({ type });
    life.end();
    audit.comesLate('account', 2);
    expect(taken).toHaveLength(3);
    const living = audit.openOffice({ thread: 'account', onDeadLetter: () => {} });
    living.register('actor', { name: 'actor', tell: (message) => taken.push(message) });
    audit.comesLate('account', 2);
    expect(taken.slice(3)).toEqual([{ type: 'two' }, { type: 'three' }]);
    expect(sent).toHaveLength(3);
  });
});
