/** Whether the journals of a run know every order that its brokers took. */
import { join } from 'node:path';
import { readJournal } from '../src/journal/sqlite/sqlite-journal.ts';
import { openDatabase } from '../src/sqlite/sqlite.ts';

type Fact = {
  readonly type: string;
  readonly at: number;
  readonly intent?: { readonly order: { readonly id: string } };
};

/** Orders at the brokers of `account-0`, `account-1`, … that no journal had written down before. */
export function lostOrders(stateFolder: string, accounts: number): number {
  let lost = 0;
  for (let index = 0; index < accounts; index += 1) {
    const intended = new Set(
      readJournal<Fact>(join(stateFolder, `account-${index}.db`)).flatMap(({ type, intent }) =>
        type === 'order-intended' && intent ? [intent.order.id] : [],
      ),
    );
    const taken = ordersOf(join(stateFolder, 'terminals', `terminal-${index}.db`));
    lost += taken.filter((id) => !intended.has(id)).length;
  }
  return lost;
}

/** Comments of the opening orders that a simulated broker has booked. */
function ordersOf(path: string): readonly string[] {
  const books = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
  try {
    const rows = books.prepare('SELECT value FROM orders').all() as { value: string }[];
    return rows
      .map(({ value }) => JSON.parse(value) as { comment: string; reason: string })
      .filter(({ reason }) => reason === 'expert')
      .map(({ comment }) => comment);
  } finally {
    books.close();
  }
}
