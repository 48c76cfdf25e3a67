/** Batches that no client can decompress, like a zstd batch for a client without zstd. */
import { closeSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Of a record batch in Kafka's log (https://kafka.apache.org/documentation/#recordbatch), bytes from its beginning. */
const BATCH = { offset: 0, length: 8, attributes: 22 } as const;
/** Bytes not included in `length`. */
const LENGTH_ENDS = 12;
/** The lowest three bits of the attributes; 0 to 4 are none, gzip, snappy, lz4 and zstd. */
const UNKNOWN_CODEC = 7;

/** Sets an unknown codec in the batches that begin at one of these offsets. The broker delivers them unchanged. */
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
      // The rest of a preallocated segment is empty.
      if (length === 0) break;
      at += LENGTH_ENDS + length;
    }
    closeSync(file);
  }
  if (marked !== offsets.length) throw new Error(`${topic} has ${marked} batches at ${offsets.join()}`);
}
