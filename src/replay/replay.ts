import { aborted } from '../core/async/until-aborted';
import type { Config } from '../config/schema';
import { isolateFailures } from '../pipeline/isolation';
import { AtLeastOnceOutbox } from '../pipeline/outbox';
import { Pipeline } from '../pipeline/pipeline';
import type { Broker, Log, MessageSink, OutcomeObserver } from '../core/ports';
import type { ValueResolver } from '../core/resolver';
import type { TopicScan } from '../core/topic-scan';
import type { InferencePool } from '../inference/pool';
import { createInspection } from '../setup/inspection';
import { createOutcomeEncoder, withAllFields } from '../setup/outcome-encoder';
import { ScanSource } from './scan-source';

export interface ReplayOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly pool: InferencePool;
  /** Already open, with a group for its progress; stays open. */
  readonly scan: TopicScan;
  /** Replaces the values of messages before they are recognised. */
  readonly resolver?: ValueResolver | undefined;
  /** Topics for the outcomes; never those of the running system. */
  readonly topics: { readonly output: string; readonly dlq: string };
  readonly log: Log;
  /** Aborts on the first stop signal; messages in flight are finished. */
  readonly signal: AbortSignal;
  readonly onProgress?: (replayed: number) => void;
}

export interface ReplayTally {
  readonly predictions: number;
  readonly deadLetters: number;
  /** False if the replay was stopped before the end of the range. */
  readonly finished: boolean;
}

/**
 * Classifies the messages of a scan and publishes the outcomes to side topics, at least once. Published messages are
 * recorded in the scan's group, so that a stopped replay can resume.
 */
export async function replay(options: ReplayOptions): Promise<ReplayTally> {
  const { broker, signal } = options;
  const sink = broker.createSink();
  try {
    await sink.open(signal);
    return await replayInto(sink, options);
  } finally {
    await sink.close();
  }
}

async function replayInto(sink: MessageSink, options: ReplayOptions): Promise<ReplayTally> {
  const { scan, log, config, signal } = options;
  const source = new ScanSource(scan, log);
  const abandon = new AbortController();
  const tally = new Tally(options.onProgress);
  const pipeline = createPipeline(sink, source, tally, abandon.signal, options);
  let finished = false;
  try {
    const running = pipeline.run();
    await Promise.race([running, source.done.then(() => (finished = true)), aborted(signal)]);
    await pipeline.drain(AbortSignal.timeout(config.shutdownTimeout));
    await running;
  } finally {
    abandon.abort();
    await source.close();
  }
  return { predictions: tally.predictions, deadLetters: tally.deadLetters, finished };
}

function createPipeline(
  sink: MessageSink,
  source: ScanSource,
  tally: OutcomeObserver,
  signal: AbortSignal,
  { config, pool, topics, resolver, log }: ReplayOptions,
): Pipeline {
  const { inference } = config;
  const encode = createOutcomeEncoder(withAllFields(config), () => pool.model);
  return new Pipeline(
    {
      source,
      classifier: isolateFailures(pool, { attempts: 2, log }),
      outbox: new AtLeastOnceOutbox({ sink, source, topics, encode, log, signal }),
      resolver,
      inspect: createInspection(inference.maxImageBytes, pool.shape),
      observers: [tally],
      log,
    },
    {
      maxBatch: inference.maxBatch,
      parallelism: pool.parallelism,
      maxInteractive: 0,
      inFlight: { messages: inference.maxInFlight, bytes: inference.maxInFlightBytes },
      maxDeliveries: Infinity,
    },
  );
}

class Tally implements OutcomeObserver {
  predictions = 0;
  deadLetters = 0;

  constructor(private readonly onProgress: ReplayOptions['onProgress']) {}

  onOutcomes(outcomes: Parameters<OutcomeObserver['onOutcomes']>[0]): void {
    for (const { kind } of outcomes) {
      if (kind === 'prediction') this.predictions++;
      else this.deadLetters++;
    }
    this.onProgress?.(this.predictions + this.deadLetters);
  }
}
