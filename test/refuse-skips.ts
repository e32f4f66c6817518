import { relative } from 'node:path';
import type { Reporter } from 'vitest/node';

/** Market data lie beside the checkout, never in it; tests of them say so in their name. */
const outside = '../shared/data';

/** Fails a run in which a test was skipped: on a machine that has everything, a test that did not run has proved nothing. */
export const refuseSkips: Reporter = {
  onTestRunEnd(modules) {
    const skipped = modules
      .flatMap((module) => [...module.children.allTests('skipped')])
      .map((test) => `${relative(process.cwd(), test.module.moduleId)}: ${test.fullName}`)
      .filter((name) => !name.includes(outside));
    if (skipped.length === 0) return;
    process.exitCode = 1;
    process.stdout.write(`\nskipped, which fails here:\n  ${skipped.join('\n  ')}\n`);
  },
};
