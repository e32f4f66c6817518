import type { Quarantine, QuarantineStore } from '../engine/quarantine.ts';

/** Quarantines that outlive the engine, as files do. */
export function quarantinesIn(kept: Map<string, Quarantine>): QuarantineStore {
  return {
    read: (path) => kept.get(path),
    write: (path, quarantine) => void kept.set(path, quarantine),
    remove: (path) => void kept.delete(path),
  };
}
