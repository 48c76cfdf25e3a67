import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCrashFile } from './crash-file';
import { CrashRecords, type CrashRecord } from './crash-records';
import { lockOf, mayRun } from './owner';

/** Older crashes are ignored, ms. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;
/** Only the latest crashes are kept. */
const MAX_CRASHES = 16;

export const JOURNAL_SUFFIX = '.journal';
const RECORD_SUFFIX = '.unclean';

type OnSkipped = (path: string, problem: string) => void;

/**
 * Reads the crashes of earlier runs. The journal of a dead process on this machine becomes a crash record by being renamed,
 * whatever its instance id. A record is never changed, so instances that start together need no lock. It is deleted when
 * all its images were classified, or when it is old. Throws the error of the file system.
 *
 * @param onSkipped called for each file that is not a journal; the file is left unchanged
 */
export function readCrashRecords(folder: string, onSkipped: OnSkipped = () => undefined): CrashRecords {
  claimJournals(folder, onSkipped);
  return new CrashRecords(readRecords(folder, onSkipped));
}

function claimJournals(folder: string, onSkipped: OnSkipped): void {
  for (const name of namesIn(folder, JOURNAL_SUFFIX)) {
    const path = join(folder, name);
    unlessGone(() => {
      const read = readCrashFile(path);
      if ('problem' in read) return onSkipped(path, read.problem);
      if (mayRun(read.value.header, path)) return;
      renameSync(path, join(folder, name.slice(0, -JOURNAL_SUFFIX.length) + RECORD_SUFFIX));
      rmSync(lockOf(path), { force: true });
    });
  }
}

function readRecords(folder: string, onSkipped: OnSkipped): CrashRecord[] {
  const dated = namesIn(folder, RECORD_SUFFIX).flatMap((name) => {
    const path = join(folder, name);
    return unlessGone(() => [{ path, time: statSync(path).mtimeMs }]) ?? [];
  });
  dated.sort((a, b) => b.time - a.time);
  return dated.flatMap(({ path, time }, i) => {
    const remove = () => rmSync(path, { force: true });
    const isRecent = i < MAX_CRASHES && Date.now() - time < MAX_AGE_MS;
    const read = isRecent ? unlessGone(() => readCrashFile(path)) : undefined;
    if (read && 'problem' in read) {
      // Of a later release, perhaps, which may run again.
      onSkipped(path, read.problem);
      return [];
    }
    if (read && read.value.ids.size > 0) return [{ ids: new Set(read.value.ids), remove }];
    remove();
    return [];
  });
}

function namesIn(folder: string, suffix: string): string[] {
  // Opening a pipe without a writer would block forever.
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map(({ name }) => name);
}

/** Another instance that starts at the same time may have claimed or removed the file. */
function unlessGone<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
