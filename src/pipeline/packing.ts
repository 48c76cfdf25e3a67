import { columnsOf, type BatchColumns, type DescribedMessage } from '../core/columns';
import { formatCode } from '../core/image';
import type { Delivery } from '../core/message';
import type { PackedBatch, WorkItem } from '../core/classification';

/** An image with its message. */
export interface DeliveredItem extends WorkItem {
  readonly delivery: Delivery;
  /** The same message with the id and label of its resolved value; absent where it has none. */
  readonly described?: DescribedMessage | undefined;
}

/**
 * Copies the images of a batch into one buffer: the only copy of an image on the main thread. Without columns, only
 * probabilities are returned.
 */
export function packBatch(items: readonly WorkItem[]): PackedBatch {
  const size = items.length;
  const offsets = new Uint32Array(size + 1);
  const formats = new Uint8Array(size);
  let total = 0;
  for (let i = 0; i < size; i++) {
    const { format, invert, bytes } = items[i] as WorkItem;
    formats[i] = formatCode(format, invert);
    total += bytes.length;
    offsets[i + 1] = total;
  }
  const bytes = new Uint8Array(total);
  for (let i = 0; i < size; i++) bytes.set((items[i] as WorkItem).bytes, offsets[i]);
  return { size, bytes, offsets, formats };
}

/** Also adds the input for writing the predictions; call it when the batch is sent to its worker. */
export function packDeliveries(
  items: readonly DeliveredItem[],
  labels: readonly string[],
  urgent = false,
): PackedBatch {
  const { size, bytes, offsets, formats } = packBatch(items);
  return { size, bytes, offsets, formats, columns: columnsOfItems(items, labels), urgent };
}

/** Input for writing predictions without a worker. */
export function columnsOfItems(items: readonly DeliveredItem[], labels: readonly string[]): BatchColumns {
  const deliveries = items.map(({ delivery, described }) => described ?? delivery);
  return columnsOf(deliveries, labels, performance.now());
}
