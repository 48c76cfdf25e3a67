import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { requirePart } from './parts';

const CACHE = join(__dirname, '..', '.cache');

/** The first build may download modules and takes half a minute, ms. */
export const BUILD_TIME = 240_000;

/** Builds the program in a folder next to this file once per version of its sources; returns its path. */
export function buildGoProgram(name: string): string {
  const sources = join(__dirname, name);
  const hash = createHash('sha256');
  for (const file of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, file)));
  const program = join(CACHE, `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(program)) {
    mkdirSync(CACHE, { recursive: true });
    // Builds to a temporary name first, since two test files may build at the same time.
    const draft = `${program}.${process.pid}`;
    execFileSync(requirePart('go'), ['build', '-o', draft, '.'], { cwd: sources, stdio: 'inherit' });
    renameSync(draft, program);
  }
  return program;
}
