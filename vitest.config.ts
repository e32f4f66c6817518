import { defineConfig } from 'vitest/config';
import { conformanceReporter } from './test/conformance/conformance-reporter.ts';
import { refuseSkips } from './test/refuse-skips.ts';

const { CI } = process.env;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/leave-nothing.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: [...(CI ? [refuseSkips] : []), conformanceReporter, 'default'],
  },
});
