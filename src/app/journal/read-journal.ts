import { closeSync, openSync, readSync } from 'node:fs';
import { HEADER_BYTES, JOURNAL_FORMAT, type JournalHeader } from './journal-file';

/** A larger slot than any batch needs is no journal of ours. */
const MAX_SLOT_BYTES = 16 * 1024 * 1024;

export interface ReadJournal {
  readonly header: JournalHeader;
  /** Source ids of the images that were with a worker when it was last written. */
  readonly ids: ReadonlySet<string>;
}

/**
 * What a journal holds; undefined if the file is none. A slot that is torn is left out: its batch never reached a worker,
 * since that only happens once the slot is written. Throws what the file system throws.
 */
export function readJournal(path: string): ReadJournal | undefined {
  const fd = openSync(path, 'r');
  try {
    const header = parseHeader(readLine(fd, 0, HEADER_BYTES) ?? '');
    if (header === undefined) return undefined;
    const ids = new Set<string>();
    for (let position = HEADER_BYTES; ; position += header.slotBytes) {
      const line = readLine(fd, position, header.slotBytes);
      if (line === undefined) return { header, ids };
      for (const id of parseIds(line)) ids.add(id);
    }
  } finally {
    closeSync(fd);
  }
}

/** The text up to a line feed; empty if there is none within `length`, undefined at the end of the file. */
function readLine(fd: number, position: number, length: number): string | undefined {
  const bytes = Buffer.alloc(length);
  const read = readSync(fd, bytes, 0, length, position);
  if (read === 0) return undefined;
  const end = bytes.subarray(0, read).indexOf(0x0a);
  return end < 0 ? '' : bytes.toString('utf8', 0, end);
}

function parseHeader(line: string): JournalHeader | undefined {
  const header = parseJson(line) as Partial<JournalHeader> | null | undefined;
  if (header?.format !== JOURNAL_FORMAT) return undefined;
  const { host, boot, locked, pid, startedAt, slotBytes } = header;
  if (typeof host !== 'string' || !isWhole(pid) || typeof startedAt !== 'number') return undefined;
  if (!isWhole(slotBytes) || slotBytes > MAX_SLOT_BYTES) return undefined;
  return {
    ...{ format: JOURNAL_FORMAT, host, pid, startedAt, slotBytes },
    ...(typeof boot === 'string' && { boot }),
    ...(locked === true && { locked }),
  };
}

function parseIds(line: string): string[] {
  const ids = parseJson(line);
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Torn, or not ours: the caller sees that there is nothing.
    return undefined;
  }
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
