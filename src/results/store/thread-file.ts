import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';

const COMPILED = 'thread.js';

/** The compiled thread: next to this file, or in dist if this file runs as TypeScript. */
export function threadFile(): string {
  const beside = path.join(__dirname, COMPILED);
  if (existsSync(beside)) return beside;
  const built = path.join(__dirname, '../../../dist/results/store', COMPILED);
  if (existsSync(built)) return built;
  throw new StreamInferError('INTERNAL', `there is no ${beside}; run: npm run build`);
}
