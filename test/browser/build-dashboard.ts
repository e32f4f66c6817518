import { build } from 'vite';
import { vi } from 'vitest';
import dashboardConfig from '../../web/vite.config.ts';

/** As `npm run build` does it: the test runner's NODE_ENV would make it a development build. */
export async function buildDashboard(outDir: string): Promise<void> {
  vi.stubEnv('NODE_ENV', 'production');
  try {
    const { build: settings } = dashboardConfig;
    await build({
      ...dashboardConfig,
      configFile: false,
      logLevel: 'warn',
      build: { ...settings, outDir },
    });
  } finally {
    vi.unstubAllEnvs();
  }
}
