import type { ConnectionStatus, MessageSink, MessageSource, Outbox } from '../core/ports';
import type { ResultCache } from '../core/result-cache';
import type { GoalKeeper } from '../latency-goal/keeper';
import type { ServingModel } from '../models/serving/start';
import type { Pipeline } from '../pipeline/pipeline';

/** Resources of a running processor, in the order in which they are acquired. */
export interface ProcessorResources {
  readonly model: ServingModel;
  /** Publishes outcomes. */
  readonly sink: { status(): ConnectionStatus };
  /** Publishes redriven dead letters. */
  readonly redrives: MessageSink;
  readonly source: MessageSource;
  readonly outbox: Outbox;
  readonly pipeline: Pipeline;
  /** null where no results are kept. */
  readonly cache: ResultCache | null;
  /** null without a latency goal. */
  readonly goal: GoalKeeper | null;
}
