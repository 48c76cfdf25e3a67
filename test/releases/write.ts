/**
 * Writes the files of a data folder as this release does, for tests of later ones. At a release, once:
 * `node --require ./test/helpers/typescript.cjs test/releases/write.ts <version>`
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORMATS } from './formats';

async function write(version: string): Promise<void> {
  const folder = join(__dirname, version);
  mkdirSync(folder);
  for (const format of FORMATS) await format.write(folder);
  // From a copy, because some files are written again when they are opened.
  const copy = mkdtempSync(join(tmpdir(), 'stream-infer-release-'));
  cpSync(folder, copy, { recursive: true });
  const read = await Promise.all(FORMATS.map(async (format) => [format.file, await format.read(copy)]));
  rmSync(copy, { recursive: true });
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(Object.fromEntries(read), null, 2)}\n`);
}

void write(process.argv[2] ?? 'next');
