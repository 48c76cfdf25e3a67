import type { ImageFormat } from '../core/image';
import type { Delivery } from '../core/message';
import type { Log, MessageSource, Outbox, OutcomeObserver } from '../core/ports';
import type { BatcherLimits } from './batcher';
import type { ClassifierPorts } from './batch-classifier';
import type { InspectionFailure } from './outcomes';
import type { Backlog, Pace } from './pace';
import type { PermitLimits } from './permits';

export interface PipelinePorts extends ClassifierPorts {
  readonly source: Pick<MessageSource, 'receive' | 'isCurrent'>;
  readonly outbox: Outbox;
  /** Format of a message, or why it is refused. Cheap: decoding happens in the workers. */
  readonly inspect: (message: Pick<Delivery, 'value' | 'headers'>) => ImageFormat | InspectionFailure;
  readonly observers: readonly OutcomeObserver[];
  /** Set by a latency goal; absent where there is none. */
  readonly pace?: Pace | undefined;
  /** Absent where the broker is not queried. */
  readonly backlog?: Backlog | undefined;
  /** Called for a delivery without an outcome, which is redelivered; absent where nobody keeps an order. */
  readonly onAbandoned?: ((delivery: Delivery) => void) | undefined;
  readonly log: Log;
}

export interface PipelineLimits extends BatcherLimits {
  readonly inFlight: PermitLimits;
  /** Takes this many deliveries and then stops; Infinity for an endless stream. */
  readonly maxDeliveries: number;
  /** Largest number of deliveries per second; unlimited if absent. */
  readonly rate?: number | undefined;
}
