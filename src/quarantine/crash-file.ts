import { z } from 'zod';
import { checkedJson, type Checked } from '../codec/checked';
import { SlotLog, SlotReader } from '../core/record-log/slot-log';
import { thisProcess, type JournalOwner } from './owner';

/** Version 1 has no checksums. */
const FORMATS = ['stream-infer journal 1', 'stream-infer journal 2'] as const;

/** The header of a crash journal. */
interface JournalHeader extends JournalOwner {
  readonly format: (typeof FORMATS)[number];
  readonly slotBytes: number;
}

/** No batch needs a larger slot, so a file with one was not written by this program. */
const MAX_SLOT_BYTES = 16 * 1024 * 1024;
/** Enough for one id; a file with many smaller slots would take long to read. */
const MIN_SLOT_BYTES = 256;
/** A journal has one slot for each batch in flight, so a longer file was not written by this program. */
const MAX_BYTES = 1024 * 1024 * 1024;

const headerSchema: z.ZodType<JournalHeader> = z.object({
  format: z.enum(FORMATS),
  host: z.string(),
  boot: z.string().exactOptional(),
  locked: z.literal(true).exactOptional(),
  pid: z.int().min(1),
  startedAt: z.number(),
  slotBytes: z.int().min(MIN_SLOT_BYTES).max(MAX_SLOT_BYTES),
});
const idsSchema = z.array(z.string());

export interface CrashFile {
  readonly header: JournalHeader;
  /** Source ids of the images that were with a worker at the last write. */
  readonly ids: ReadonlySet<string>;
}

/**
 * Creates the file of this process: a slot for each batch that is with a worker, holding the batch's source ids. A slot is
 * in the kernel's page cache before the worker gets the batch. Throws the error of the file system.
 */
export function createCrashFile(
  path: string,
  slotBytes: number,
  owner: JournalOwner = thisProcess(),
): SlotLog {
  return new SlotLog(path, slotBytes, { format: FORMATS[1], slotBytes, ...owner } satisfies JournalHeader);
}

/**
 * The content of a crash journal, or why the file is not one. A torn slot is left out: its batch never reached a worker,
 * which gets it only after the write. Throws the error of the file system.
 */
export function readCrashFile(path: string): Checked<CrashFile> {
  const reader = new SlotReader(path);
  try {
    if (reader.bytes > MAX_BYTES) return { problem: `it is larger than ${MAX_BYTES} bytes` };
    const line = reader.header();
    if ('problem' in line) return line;
    const header = checkedJson(headerSchema, line.json);
    if ('problem' in header) return header;
    const ids = [...reader.records(header.value.slotBytes)].flatMap(toIds);
    return { value: { header: header.value, ids: new Set(ids) } };
  } finally {
    reader.close();
  }
}

function toIds(json: string): readonly string[] {
  const ids = checkedJson(idsSchema, json);
  return 'value' in ids ? ids.value : [];
}
