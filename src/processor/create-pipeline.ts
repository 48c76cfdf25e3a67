import type { MessageSelection } from '../composition/membership';
import type { Config } from '../config/schema';
import type { Log, Outbox, OutcomeObserver } from '../core/ports';
import type { ValueResolver } from '../core/resolver';
import type { ResultCache } from '../core/result-cache';
import { GoalKeeper } from '../latency-goal/keeper';
import type { ServingModel } from '../models/serving/start';
import { Pipeline, type PipelinePorts } from '../pipeline/pipeline';
import type { RecordedJournal } from '../quarantine/crash-journal';
import { createInspection } from '../setup/inspection';
import { createCache } from './create-cache';
import type { StreamLoad } from './stream-load';

/** Images that may wait for a worker in the interactive lane. */
const MAX_INTERACTIVE = 256;

export interface PipelineSetup {
  readonly config: Config;
  readonly model: ServingModel;
  readonly journal: RecordedJournal | undefined;
  readonly source: PipelinePorts['source'];
  /** Replaces the values of messages before they are recognised. */
  readonly resolver: ValueResolver | undefined;
  /** Of one of several models on one topic. */
  readonly selection: MessageSelection | undefined;
  readonly outbox: Outbox;
  readonly onAbandoned: PipelinePorts['onAbandoned'];
  readonly observers: readonly OutcomeObserver[];
  readonly load: StreamLoad;
  readonly maxDeliveries: number;
  readonly log: Log;
}

export interface CreatedPipeline {
  readonly pipeline: Pipeline;
  /** Sets its pace; null without a latency goal. */
  readonly goal: GoalKeeper | null;
  /** null where no results are kept. */
  readonly cache: ResultCache | null;
}

export function createPipeline(setup: PipelineSetup): CreatedPipeline {
  const { model, load, observers, selection } = setup;
  const { inference } = setup.config;
  const inspect = createInspection(inference.maxImageBytes, model.router.shape);
  const { router: pool, rollout } = model;
  const cache = createCache(setup.config.cache, pool, setup.log);
  let created: Pipeline | null = null;
  const goal = createGoal(inference, pool.parallelism, load, () => created);
  const pipeline = new Pipeline(
    {
      source: setup.source,
      classifier: pool,
      rollout,
      journal: setup.journal,
      resolver: setup.resolver,
      cache: cache ?? undefined,
      outbox: setup.outbox,
      onAbandoned: setup.onAbandoned,
      inspect: selection === undefined ? inspect : (message) => selection.refuse(message) ?? inspect(message),
      observers: goal === null ? observers : [...observers, goal],
      pace: goal?.pace,
      backlog: () => load.backlog(),
      log: setup.log,
    },
    {
      maxBatch: inference.maxBatch,
      get parallelism() {
        return pool.parallelism;
      },
      maxInteractive: MAX_INTERACTIVE,
      inFlight: { messages: inference.maxInFlight, bytes: inference.maxInFlightBytes },
      maxDeliveries: setup.maxDeliveries,
      rate: setup.config.input.rate,
    },
  );
  created = pipeline;
  return { pipeline, goal, cache };
}

function createGoal(
  { targetP99: targetMs, maxBatch, maxInFlight: maxAhead }: Config['inference'],
  workers: number,
  load: StreamLoad,
  pipeline: () => Pipeline | null,
): GoalKeeper | null {
  if (targetMs === undefined) return null;
  return new GoalKeeper(
    { targetMs, maxBatch, workers, maxAhead },
    {
      pipeline,
      arrivalRate: () => load.arrivalRate,
      backlog: () => load.backlog(),
      now: () => performance.now(),
    },
  );
}
