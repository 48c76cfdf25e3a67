/** Batches that no client can decompress, whatever it was built with: a real zstd batch is one for a client without zstd. */
import { closeSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Of a record batch in Kafka's log (https://kafka.apache.org/documentation/#recordbatch), bytes from its beginning. */
const BATCH = { offset: 0, length: 8, attributes: 22 } as const;
/** What `length` does not count. */
const LENGTH_ENDS = 12;
/** The lowest three bits of the attributes; 0 to 4 are none, gzip, snappy, lz4 and zstd. */
const UNKNOWN_CODEC = 7;

/** Gives the batches that begin at one of these offsets a codec that does not exist. The broker hands them out as they are. */
export function markUnreadable(
  dataFolder: string,
  topic: string,
  partition: number,
  offsets: readonly number[],
): void {
  const folder = join(dataFolder, `${topic}-${partition}`);
  let marked = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const bytes = readFileSync(join(folder, name));
    const file = openSync(join(folder, name), 'r+');
    for (let at = 0; at + LENGTH_ENDS < bytes.length;) {
      if (offsets.includes(Number(bytes.readBigInt64BE(at + BATCH.offset)))) {
        const attributes = bytes[at + BATCH.attributes] as number;
        writeSync(file, Buffer.from([attributes | UNKNOWN_CODEC]), 0, 1, at + BATCH.attributes);
        marked++;
      }
      const length = bytes.readInt32BE(at + BATCH.length);
      // The rest of a segment that was allocated in advance is empty.
      if (length === 0) break;
      at += LENGTH_ENDS + length;
    }
    closeSync(file);
  }
  if (marked !== offsets.length) throw new Error(`${topic} has ${marked} batches at ${offsets.join()}`);
}
