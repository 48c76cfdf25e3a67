import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../src/models/files';

/** A folder for each test of a suite, removed after it. */
export function useModelFolder(): { folder: () => string; read: (name?: string) => Promise<ModelFiles> } {
  let folder = '';
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'stream-infer-own-')));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return {
    folder: () => folder,
    read: async (name = '') => await readModelFiles(await resolveModelDir(path.join(folder, name))),
  };
}

/** An error with this code, and these texts in this order. */
export function refusal(code: string, ...parts: readonly string[]): object {
  const pattern = new RegExp(parts.map(escaped).join('[\\s\\S]*'));
  return { code, message: expect.stringMatching(pattern) as string };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
