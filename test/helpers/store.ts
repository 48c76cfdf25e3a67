import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PredictionOutcome } from '../../src/core/prediction';
import { openDatabase } from '../../src/results/store/sqlite/database';
import type { Database } from '../../src/results/store/sqlite/sql';
import { ChunkBuilder, type Chunk } from '../../src/results/store/chunk';
import { createOutcome, type OutcomeFields } from './services';
import { collectGarbage } from './garbage';

/** A path for a database in a new folder. */
export function newStorePath(): string {
  return join(mkdtempSync(join(tmpdir(), 'stream-infer-store-')), 'predictions.db');
}

/** Predictions in the form of the feed. */
export function createChunk(outcomes: readonly (OutcomeFields & { at?: number })[], images = true): Chunk {
  const builder = new ChunkBuilder();
  for (const { at = Date.now(), ...fields } of outcomes) builder.add(createOutcome(fields), at, images);
  return builder.seal();
}

/** Predictions `n0`, `n1`, …; every third is wrong, every fourth has no true class. */
export function mixedOutcomes(count: number): PredictionOutcome[] {
  return Array.from({ length: count }, (_, index) => createOutcome(mixedFields(index)));
}

export function mixedFields(index: number): OutcomeFields {
  const label = index % 10;
  return {
    index,
    id: `n${index}`,
    label,
    confidence: (index % 100) / 100,
    ...(index % 4 !== 0 && { truth: index % 3 === 0 ? (label + 1) % 10 : label }),
    ...(index % 5 === 0 && { key: index % 2 === 0 ? 'camera-1' : 'kamera "ü"' }),
    pixels: new Uint8Array(784).fill(index % 256),
  };
}

/**
 * Opens the database, lets `work` use it, and closes it. libsql releases the file when its statements are
 * garbage-collected, which happens here. `work` must not keep any statement.
 */
export async function withDatabase<T>(path: string, work: (db: Database) => T): Promise<T> {
  const result = await openAndClose(path, work);
  await collectGarbage();
  return result;
}

async function openAndClose<T>(path: string, work: (db: Database) => T): Promise<T> {
  const { db } = await openDatabase(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}
