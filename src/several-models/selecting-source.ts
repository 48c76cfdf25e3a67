import { headerText, type Delivery } from '../core/message';
import type { ConnectionStatus, MessageSource, PartitionLag, SourcePause } from '../core/ports';
import type { MessageSelection } from '../composition/membership';
import type { InspectionFailure } from '../pipeline/outcomes';

/** Header, or Pub/Sub attribute, with the name of a model. */
export const MODEL_HEADER = 'model';

/**
 * The messages of a model on a shared topic, by their header. The default model also takes those without the header, and
 * those of unknown models, which become dead letters.
 *
 * @param sharing names of all models of the topic, the default first
 */
export function selectByHeader(model: string, sharing: readonly string[]): MessageSelection {
  const isDefault = sharing[0] === model;
  const takes = ({ headers }: Pick<Delivery, 'headers'>): boolean => {
    const named = headerText(headers, MODEL_HEADER);
    if (named === undefined) return isDefault;
    return named === model || (isDefault && !sharing.includes(named));
  };
  return {
    only: (source) => new SelectingSource(source, takes),
    refuse: ({ headers }): InspectionFailure | null => {
      const named = headerText(headers, MODEL_HEADER);
      if (named === undefined || sharing.includes(named)) return null;
      const message = `the header model is ${JSON.stringify(named)}; the models of this topic are ${sharing.join(', ')}`;
      return { code: 'MODEL_UNKNOWN', message };
    },
  };
}

/**
 * A source without the messages of other models. They are acknowledged at once for this reader only: each model has a
 * group or subscription of its own, in which it receives them again.
 */
class SelectingSource implements MessageSource {
  readonly errors?: () => ReadonlyMap<string, number>;
  readonly stop?: (withinMs: number) => void;
  readonly seek?: NonNullable<MessageSource['seek']>;
  readonly pausing?: SourcePause;

  constructor(
    private readonly inner: MessageSource,
    private readonly takes: (delivery: Delivery) => boolean,
  ) {
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
    const deliveries = await this.inner.receive(max, signal);
    const others = deliveries.filter((delivery) => !this.takes(delivery));
    if (others.length === 0) return deliveries;
    this.inner.settle(others);
    return deliveries.filter((delivery) => this.takes(delivery));
  }

  settle(deliveries: readonly Delivery[]): void {
    this.inner.settle(deliveries);
  }

  isCurrent(delivery: Delivery): boolean {
    return this.inner.isCurrent(delivery);
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
