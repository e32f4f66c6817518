import { createServer } from 'node:net';
import { UsageError } from '../config/usage-error.ts';

/** Throws `UsageError` when somebody listens on the port already: said before anything is started. */
export async function assertPortFree(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          `the console cannot listen on ${host}:${port} (${cause.code}): another engine may be running; choose another port with console.port in config.json`,
          { cause },
        ),
      ),
    );
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
