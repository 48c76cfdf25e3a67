import type { Delivery, Header, Origin } from '../core/message';
import type { ConnectionStatus, MessageSource, PartitionLag, SourcePause } from '../core/ports';
import { eventHeaders, isEventBatch, splitEvents } from './split-events';

/** Messages received at once: each may become 1,000 deliveries. */
const MOST_MESSAGES = 4;

/** A message whose events are delivered one by one. */
interface Whole {
  readonly delivery: Delivery;
  /** Events without a settled outcome. */
  open: number;
}

/** One event of a message, as a delivery of its own. */
class EventDelivery implements Delivery {
  readonly sourceId: string;
  readonly receivedAt: number;

  constructor(
    readonly whole: Whole,
    readonly value: Buffer,
    readonly headers: readonly Header[],
    index: number,
  ) {
    this.sourceId = `${whole.delivery.sourceId}#${index}`;
    this.receivedAt = whole.delivery.receivedAt;
  }

  get origin(): Origin {
    return this.whole.delivery.origin;
  }

  get key(): Buffer | null {
    return this.whole.delivery.key;
  }

  get timestamp(): number {
    return this.whole.delivery.timestamp;
  }

  get attempt(): number {
    return this.whole.delivery.attempt;
  }
}

/**
 * A source whose batches of CloudEvents are delivered event by event. A message is settled when all of its events are.
 * `receive` may return more deliveries than asked for: the events of a message stay together. So none of them waits here
 * while the source is moved or stopped.
 */
export class SplittingSource implements MessageSource {
  readonly errors?: () => ReadonlyMap<string, number>;
  readonly stop?: (withinMs: number) => void;
  readonly seek?: NonNullable<MessageSource['seek']>;
  readonly pausing?: SourcePause;

  constructor(private readonly inner: MessageSource) {
    if (inner.errors) this.errors = () => inner.errors?.() ?? new Map<string, number>();
    if (inner.stop) this.stop = (withinMs) => inner.stop?.(withinMs);
    if (inner.seek) this.seek = inner.seek.bind(inner);
    if (inner.pausing) this.pausing = inner.pausing;
  }

  get repeatsSkipped(): number | undefined {
    return this.inner.repeatsSkipped;
  }

  open(signal: AbortSignal): Promise<void> {
    return this.inner.open(signal);
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    const deliveries = await this.inner.receive(Math.min(max, MOST_MESSAGES), signal);
    return deliveries.some(isEventBatch) ? deliveries.flatMap(toEvents) : deliveries;
  }

  settle(deliveries: readonly Delivery[]): void {
    const whole: Delivery[] = [];
    for (const delivery of deliveries) {
      if (!(delivery instanceof EventDelivery)) whole.push(delivery);
      else if (--delivery.whole.open === 0) whole.push(delivery.whole.delivery);
    }
    if (whole.length > 0) this.inner.settle(whole);
  }

  isCurrent(delivery: Delivery): boolean {
    return this.inner.isCurrent(delivery instanceof EventDelivery ? delivery.whole.delivery : delivery);
  }

  lag(): Promise<readonly PartitionLag[]> {
    return this.inner.lag();
  }

  status(): ConnectionStatus {
    return this.inner.status();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A message that cannot be split is delivered as it is, and becomes a dead letter. */
function toEvents(delivery: Delivery): Delivery[] {
  const events = isEventBatch(delivery) && delivery.value !== null ? splitEvents(delivery.value) : undefined;
  if (events === undefined) return [delivery];
  const whole = { delivery, open: events.length };
  const headers = eventHeaders(delivery.headers);
  return events.map((value, at) => new EventDelivery(whole, value, headers, at));
}
