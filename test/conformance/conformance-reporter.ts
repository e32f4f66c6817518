import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { conformanceDocument, verdictIn } from './document.ts';
import { items } from './items.ts';
import { type Results, verdictOf } from './verdict.ts';

const root = join(import.meta.dirname, '../..');
const path = join(root, 'docs/conformance.md');

/**
 * Fails a run whose results are not what `docs/conformance.md` says, or writes it with UPDATE_DOCS=1. Items whose tests did not
 * run keep the verdict that they have; an item that names other tests than before has none until they have run.
 */
export const conformanceReporter: Reporter = {
  onTestRunEnd(modules, _errors, reason) {
    if (reason === 'interrupted') return;
    const results = resultsOf(modules);
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const after = conformanceDocument(
      items,
      (item) => verdictOf(item, results) ?? verdictIn(before, item) ?? 'open',
    );
    if (after === before) return;
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, after);
    else refuse(before, results);
  },
};

function refuse(before: string, results: Results): void {
  const wrong = items.flatMap((item) => {
    const [said, shown] = [verdictIn(before, item), verdictOf(item, results)];
    if (said === undefined) return [`${item.n} is not there as the list has it`];
    return shown === undefined || shown === said
      ? []
      : [`${item.n} is ${said} there, ${shown} now`];
  });
  process.exitCode = 1;
  const next = 'UPDATE_DOCS=1 npx vitest run writes it';
  process.stdout.write(`\ndocs/conformance.md is stale, ${next}:\n  ${wrong.join('\n  ')}\n`);
}

function resultsOf(modules: readonly TestModule[]): Results {
  return new Map(
    modules.map((module) => [
      relative(root, module.moduleId),
      [...module.children.allTests()].map((test) => {
        const { state } = test.result();
        return { title: test.fullName, state: state === 'pending' ? 'skipped' : state };
      }),
    ]),
  );
}
