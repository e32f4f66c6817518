// Node 20 only, and only when running from source: the loader of the main thread is not registered in a thread.
import { register } from 'tsx/esm/api';

register();
export const { playSet } = await import(process.argv[2]);
