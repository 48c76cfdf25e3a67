import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../core/errors';

/**
 * Path of an entry file of worker threads, by its name in this folder. A thread needs JavaScript: under jest it is the
 * file in dist. Throws INTERNAL if the file is missing.
 */
export function compiledFile(name: string): string {
  const compiled = path.join(__dirname, name);
  if (existsSync(compiled)) return compiled;
  const built = path.join(__dirname, '../../dist/inference', name);
  if (existsSync(built)) return built;
  throw new StreamInferError('INTERNAL', `${compiled} is missing; run: npm run build`);
}
