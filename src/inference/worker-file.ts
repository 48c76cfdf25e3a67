import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../core/errors';

const COMPILED = 'worker.js';

/**
 * The compiled worker. A worker thread needs JavaScript, so when this file runs as TypeScript (under jest) it is the one
 * that the build put into dist. Throws INTERNAL if there is none.
 */
export function workerFile(): string {
  const beside = path.join(__dirname, COMPILED);
  if (existsSync(beside)) return beside;
  const built = path.join(__dirname, '../../dist/inference', COMPILED);
  if (existsSync(built)) return built;
  throw new StreamInferError('INTERNAL', `There is no ${beside}; run: npm run build.`);
}
