import { formatCode } from './image';
import type { PackedBatch, WorkItem } from './ports';

/** Copies the images of a batch side by side: the one copy that an image makes on the main thread. */
export function packBatch(items: readonly WorkItem[]): PackedBatch {
  const offsets = new Uint32Array(items.length + 1);
  const formats = new Uint8Array(items.length);
  let total = 0;
  for (const [i, item] of items.entries()) {
    formats[i] = formatCode(item.format, item.invert);
    total += item.bytes.length;
    offsets[i + 1] = total;
  }
  const bytes = new Uint8Array(total);
  for (const [i, item] of items.entries()) bytes.set(item.bytes, offsets[i]);
  return { size: items.length, bytes, offsets, formats };
}
