import type { Config } from '../config/schema';
import { deadline } from '../core/async/deadline';
import type { Broker, Log } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';
import { chainResolvers, type ValueResolver } from '../core/resolver';
import type { ScanBounds } from '../core/scan-range';
import { openRecords, openReferences } from '../setup/outside-images';
import type { InferencePool } from '../inference/pool';
import { poolOptionsOf, withPool } from '../setup/pool-options';
import { ensureTopics } from '../setup/topics';
import type { Comparison } from './compare';
import { subscriptionOf } from '../config/topics';
import type { ReplayPlan } from './plan';
import { replay, type ReplayTally } from './replay';
import { reportReplay } from './report';

export interface RunReplayOptions {
  readonly config: Config;
  /** Folder of the model version to replay with. */
  readonly modelDir: string;
  readonly plan: ReplayPlan;
  readonly broker: Broker;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called with the range to read, before `onProgress` reports the total including earlier runs. */
  readonly onStart?: (bounds: readonly ScanBounds[], model: ModelIdentity) => void;
  readonly onProgress?: (done: number) => void;
}

export interface ReplayResult extends ReplayTally {
  readonly model: ModelIdentity;
  readonly plan: ReplayPlan;
  readonly bounds: readonly ScanBounds[];
  /** null if the replay was stopped or has nothing to compare with. */
  readonly comparison: Comparison | null;
}

const OPEN_TIMEOUT_MS = 10_000;

/** Replays a range and compares the outcomes. Fails for an unreadable topic before it loads the model. */
export async function runReplay(options: RunReplayOptions): Promise<ReplayResult> {
  const { broker, config, modelDir, plan, log, signal } = options;
  const { input } = plan.topics;
  const references = await openReferences(config);
  const scan = broker.createScan({ topic: input, memory: plan.group, subscription: '', range: plan.range });
  try {
    await scan.open(deadline(OPEN_TIMEOUT_MS, signal));
    const { bounds } = scan;
    await createSideTopics(options, bounds.length);
    const poolOptions = { ...poolOptionsOf(config.inference, log), resize: config.input.resize, modelDir };
    return await withPool(poolOptions, async (pool) => {
      options.onStart?.(bounds, pool.model);
      const known = bounds.reduce((sum, one) => sum + one.known, 0);
      const startedAt = Date.now();
      const tally = await replay({
        ...options,
        topics: plan.topics,
        pool,
        scan,
        resolver: resolverOf(options, pool, references),
        onProgress: (replayed) => options.onProgress?.(known + replayed),
      });
      const { labels } = pool.shape;
      // Without offsets, messages of both versions cannot be matched.
      const comparison =
        tally.finished && bounds.length > 0
          ? await reportReplay({ broker, plan, bounds, labels, startedAt, signal })
          : null;
      return { ...tally, model: pool.model, plan, bounds, comparison };
    });
  } finally {
    references?.close();
    await scan.close();
  }
}

function resolverOf(
  { config, signal }: RunReplayOptions,
  pool: InferencePool,
  references: { readonly resolver: ValueResolver } | null,
): ValueResolver | undefined {
  const records = openRecords(config, () => pool.shape, signal);
  return chainResolvers([records, references?.resolver ?? null].filter((one) => one !== null));
}

async function createSideTopics(
  { broker, plan, log, signal }: RunReplayOptions,
  partitions: number,
): Promise<void> {
  const { output, dlq } = plan.topics;
  // On Pub/Sub, messages without a subscription would be gone.
  const topics = [
    { topic: output, partitions, subscription: subscriptionOf(output) },
    { topic: dlq, partitions: 1, subscription: subscriptionOf(dlq) },
  ];
  await ensureTopics(broker, topics, log, signal);
}
