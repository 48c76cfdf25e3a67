import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';

/** Databases; each has a folder here with its thread. */
export type StoreKind = 'sqlite' | 'postgres';

const COMPILED = 'thread.js';

/** The compiled thread: below this folder, or in dist if this file runs as TypeScript. */
export function threadFile(kind: StoreKind): string {
  const beside = path.join(__dirname, kind, COMPILED);
  if (existsSync(beside)) return beside;
  const built = path.join(__dirname, '../../../dist/results/store', kind, COMPILED);
  if (existsSync(built)) return built;
  throw new StreamInferError('INTERNAL', `there is no ${beside}; run: npm run build`);
}
