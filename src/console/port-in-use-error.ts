export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly host: string;
  readonly port: number;

  constructor({ host, port, cause }: { host: string; port: number; cause: unknown }) {
    super(
      `port ${port} on ${host} is in use: another engine may be running. Stop it, or choose a free port for the console with --console PORT`,
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}
