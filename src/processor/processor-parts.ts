import type { Pipeline } from '../pipeline/pipeline';
import type {
  Broker,
  ConnectionStatus,
  MessageSink,
  MessageSource,
  Outbox,
  PartitionLag,
} from '../core/ports';
import { SkippedRecords } from '../core/skipped-records';
import type { HttpServer } from '../http/server';
import type { ModelsService } from '../http/services';
import type { ModelSlot } from '../models/serving/model-slot';
import type { GoalKeeper } from '../latency-goal/keeper';
import type { Metrics } from '../telemetry/metrics/metrics';

/** The parts of the running process, as they come to be; null before. */
export interface ProcessorParts {
  broker: Broker | null;
  http: HttpServer | null;
  pool: ModelSlot | null;
  models: ModelsService | null;
  metrics: Metrics | null;
  source: MessageSource | null;
  sink: { status(): ConnectionStatus } | null;
  /** For dead letters that are published again by hand. */
  redrives: MessageSink | null;
  outbox: Outbox | null;
  pipeline: Pipeline | null;
  /** Also null without a latency goal. */
  goal: Pick<GoalKeeper, 'state'> | null;
  lag: readonly PartitionLag[];
  /** What the start waits for, as a sentence. */
  waitingFor: string | null;
  draining: boolean;
  readonly skipped: SkippedRecords;
}

export function noParts(): ProcessorParts {
  return {
    broker: null,
    http: null,
    pool: null,
    models: null,
    metrics: null,
    source: null,
    sink: null,
    redrives: null,
    outbox: null,
    pipeline: null,
    goal: null,
    lag: [],
    waitingFor: null,
    draining: false,
    skipped: new SkippedRecords(),
  };
}
