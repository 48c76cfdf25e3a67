import type { BatchResult, Decoded } from '../core/classification';
import type { DescribedMessage } from '../core/columns';
import { headerText, type Delivery, type Header, type Origin, type Place } from '../core/message';
import { idInHeaders } from '../core/prediction-id';
import type { ResolvedValue } from '../core/resolver';
import type { DeliveredItem } from './packing';

/** The delivery with the id and label of its value, where its headers have none; undefined where nothing changes. */
export function describeResolved(
  delivery: Delivery,
  { id, label }: ResolvedValue,
): DescribedMessage | undefined {
  const { headers } = delivery;
  const added: Header[] = [];
  if (id !== undefined && id !== '' && idInHeaders(headers) === undefined) added.push(['id', id]);
  if (label !== undefined && headerText(headers, 'label') === undefined) added.push(['label', label]);
  return added.length === 0 ? undefined : new Described(delivery, [...added, ...headers]);
}

/** Not a copy: the fields of a delivery may be created on demand. */
class Described implements DescribedMessage {
  constructor(
    private readonly delivery: Delivery,
    readonly headers: readonly Header[],
  ) {}

  get origin(): Origin {
    return this.delivery.origin;
  }

  get sourceId(): string {
    return this.delivery.sourceId;
  }

  get key(): Buffer | null {
    return this.delivery.key;
  }

  get timestamp(): number {
    return this.delivery.timestamp;
  }

  get receivedAt(): number {
    return this.delivery.receivedAt;
  }

  // Both or neither are there; a getter of a missing one would be undefined, which means the same.
  get place(): Place {
    return this.delivery.place as Place;
  }

  get offset(): number {
    return this.delivery.offset as number;
  }
}

/** Adds the raw pixels of resolved values, which otherwise would be looked for in the message. */
export function withResolvedPixels(items: readonly DeliveredItem[], result: BatchResult): BatchResult {
  const decoded = new Map<number, Decoded>(result.decoded);
  for (const [i, { bytes, delivery, format }] of items.entries()) {
    if (format === 'raw' && bytes !== delivery.value && !decoded.has(i)) decoded.set(i, { pixels: bytes });
  }
  return decoded.size === result.decoded.size ? result : { ...result, decoded };
}

/** Memory of the value beyond that of the message, of which it may be a part. */
export function addedBytes(delivery: Delivery, { value }: ResolvedValue): number {
  return value.buffer === delivery.value?.buffer ? 0 : value.length;
}
