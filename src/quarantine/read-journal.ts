import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import { checkedJson, type Checked } from '../codec/checked';
import { HEADER_BYTES, JOURNAL_FORMAT, type JournalHeader } from './journal-file';

/** A larger slot than any batch needs is not one of ours. */
const MAX_SLOT_BYTES = 16 * 1024 * 1024;
/** Enough for one id; many smaller ones would take long to read. */
const MIN_SLOT_BYTES = 256;
/** A journal has one slot for each batch in flight: a longer file was not written by this program. */
const MAX_BYTES = 1024 * 1024 * 1024;

const headerSchema: z.ZodType<JournalHeader> = z.object({
  format: z.literal(JOURNAL_FORMAT),
  host: z.string(),
  boot: z.string().exactOptional(),
  locked: z.literal(true).exactOptional(),
  pid: z.int().min(1),
  startedAt: z.number(),
  slotBytes: z.int().min(MIN_SLOT_BYTES).max(MAX_SLOT_BYTES),
});
const idsSchema = z.array(z.string());

export interface ReadJournal {
  readonly header: JournalHeader;
  /** Source ids of the images that were with a worker when it was last written. */
  readonly ids: ReadonlySet<string>;
}

/**
 * What a journal holds, or why the file is not one. A slot that is torn is left out: its batch never reached a worker,
 * since that only happens once the slot is written. Throws what the file system throws.
 */
export function readJournal(path: string): Checked<ReadJournal> {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).size > MAX_BYTES) return { problem: `it is larger than ${MAX_BYTES} bytes` };
    const checkedHeader = checkedJson(headerSchema, readLine(fd, 0, HEADER_BYTES) ?? '');
    if ('problem' in checkedHeader) return checkedHeader;
    const header = checkedHeader.value;
    const ids = new Set<string>();
    for (let position = HEADER_BYTES; ; position += header.slotBytes) {
      const line = readLine(fd, position, header.slotBytes);
      if (line === undefined) return { value: { header, ids } };
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

/** None for a slot that is free, torn or not ours. */
function parseIds(line: string): readonly string[] {
  const ids = checkedJson(idsSchema, line);
  return 'value' in ids ? ids.value : [];
}
