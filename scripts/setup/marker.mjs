import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The finished steps of set-up: fingerprints of `dependencies` and `native`, the native parts that are `off`, and the
 * tools that the others `lack`. An unreadable file means that nothing is finished.
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
