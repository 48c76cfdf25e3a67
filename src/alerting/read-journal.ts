import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { SkippedRecords } from '../core/skipped-records';
import { readLines, type JournalContent } from './journal-lines';

/**
 * Reads the journal of events of an earlier run as far as it has the right shape. A file with wrong lines is kept beside,
 * before this run writes its own: `<path>.corrupt-<time>`. Never throws.
 */
export function readJournal(path: string, skipped: SkippedRecords, log: Log): JournalContent {
  const { content, problems } = readLines(textOf(path, log));
  const [problem] = problems;
  if (problem !== undefined) {
    const movedTo = keepAside(path, log);
    skipped.add('event-journal', problems.length, { problem, path, movedTo }, log);
  }
  return content;
}

function textOf(path: string, log: Log): string {
  try {
    if (!existsSync(path)) return '';
    // Opening a pipe that nobody writes to would never end.
    if (!statSync(path).isFile()) throw new Error('it is not a file');
    return readFileSync(path, 'utf8');
  } catch (error) {
    log.error({ path, error: messageOf(error) }, 'the journal of events cannot be read');
    return '';
  }
}

/** Copied, since its valid lines are still needed if this run dies before it has written its own. */
function keepAside(path: string, log: Log): string | null {
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
  try {
    copyFileSync(path, aside);
    return aside;
  } catch (error) {
    log.warn({ path, error: messageOf(error) }, 'the damaged journal of events cannot be kept');
    return null;
  }
}
