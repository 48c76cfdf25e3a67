import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the tests of a suite, removed after them. */
export function useFolder(): () => string {
  let folder = '';
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'stream-infer-fuzz-')));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return () => folder;
}
