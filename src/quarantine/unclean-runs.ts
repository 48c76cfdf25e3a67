import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockOf, mayRun } from './owner';
import { readJournal } from './read-journal';

/** Runs longer ago than this say nothing any more, ms. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;
/** Runs that are remembered, the latest ones. */
const MAX_RUNS = 16;

export const JOURNAL_SUFFIX = '.journal';
const UNCLEAN_SUFFIX = '.unclean';

type OnSkipped = (path: string, problem: string) => void;

/** A run that ended without a goodbye, with images in its workers. */
interface UncleanRun {
  readonly path: string;
  /** Those that have not come through unharmed since. */
  readonly ids: Set<string>;
}

/**
 * What the runs before this one died with. Each journal that a dead process of this machine left behind, under whatever
 * instance id (after a crash the images may go to another instance), becomes the record of one unclean run by being
 * renamed; how often an image was there is the number of records that name it. A record is never changed, so that
 * instances that start together need no lock; it is removed when all its images have come through, or when it is old.
 */
export class UncleanRuns {
  readonly #runs: UncleanRun[];
  /** Source id → number of unclean runs. */
  readonly #strikes = new Map<string, number>();

  /**
   * Throws what the file system throws.
   *
   * @param onSkipped told of each file that is not a journal; it is left as it is
   */
  constructor(folder: string, onSkipped: OnSkipped = () => undefined) {
    claimJournals(folder, onSkipped);
    this.#runs = readRecords(folder, onSkipped);
    for (const { ids } of this.#runs) {
      for (const id of ids) this.#strikes.set(id, this.strikes(id) + 1);
    }
  }

  get count(): number {
    return this.#runs.length;
  }

  /** No image is under suspicion. */
  get empty(): boolean {
    return this.#strikes.size === 0;
  }

  strikes(id: string): number {
    return this.#strikes.get(id) ?? 0;
  }

  /** How many images were there in at least so many runs. */
  countFrom(strikes: number): number {
    return [...this.#strikes.values()].filter((count) => count >= strikes).length;
  }

  /** These came through a worker and the process is still there. */
  forget(ids: readonly string[]): void {
    if (this.#strikes.size === 0) return;
    const known = ids.filter((id) => this.#strikes.delete(id));
    if (known.length === 0) return;
    for (const run of this.#runs) {
      for (const id of known) run.ids.delete(id);
      if (run.ids.size === 0) rmSync(run.path, { force: true });
    }
  }
}

function claimJournals(folder: string, onSkipped: OnSkipped): void {
  for (const name of namesIn(folder, JOURNAL_SUFFIX)) {
    const path = join(folder, name);
    unlessGone(() => {
      const read = readJournal(path);
      if ('problem' in read) return onSkipped(path, read.problem);
      if (mayRun(read.value.header, path)) return;
      renameSync(path, join(folder, name.slice(0, -JOURNAL_SUFFIX.length) + UNCLEAN_SUFFIX));
      rmSync(lockOf(path), { force: true });
    });
  }
}

function readRecords(folder: string, onSkipped: OnSkipped): UncleanRun[] {
  const dated = namesIn(folder, UNCLEAN_SUFFIX).flatMap((name) => {
    const path = join(folder, name);
    return unlessGone(() => [{ path, time: statSync(path).mtimeMs }]) ?? [];
  });
  dated.sort((a, b) => b.time - a.time);
  return dated.flatMap(({ path, time }, i) => {
    const read = unlessGone(() => readJournal(path));
    if (read && 'problem' in read) onSkipped(path, read.problem);
    const ids = read && 'value' in read ? read.value.ids : new Set<string>();
    if (i < MAX_RUNS && Date.now() - time < MAX_AGE_MS && ids.size > 0) return [{ path, ids: new Set(ids) }];
    rmSync(path, { force: true });
    return [];
  });
}

function namesIn(folder: string, suffix: string): string[] {
  // Opening a pipe that nobody writes to would never end.
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map(({ name }) => name);
}

/** Another instance that starts now may have claimed or removed the file. */
function unlessGone<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
