import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What set-up has finished: `{ dependencies, native, off, lacks }`: the fingerprints of the first two, the native parts
 * that could not be installed, and what those that could were built without. Unreadable means nothing is finished.
 */
export function readMarker(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** Whole or not at all: a marker cut short by a crash must not pass for a finished set-up. */
export function writeMarker(file, marker) {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, JSON.stringify(marker, null, 2));
  renameSync(next, file);
}
