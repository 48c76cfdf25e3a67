import type { Config } from '../../config/schema';
import type { Broker, Log } from '../../core/ports';
import { startServingModel, type ServingModel, type ServingOptions } from './serving-model';
import { SideTopic } from './side-topic';

/** What a stop gives disagreements that are being published, ms. */
const SIDE_TOPIC_CLOSE_MS = 1_000;

/** Counts what happens to the model. */
export interface ModelMeter {
  modelChanged: NonNullable<ServingOptions['onChange']>;
  shadowed: NonNullable<ServingOptions['onShadowed']>;
  workerLost(): void;
}

export interface StartOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly createPool: ServingOptions['createPool'];
  /** null without metrics. */
  readonly metrics: ModelMeter | null;
  readonly log: Log;
}

/** The model that serves, with the topic for disagreements and the metrics of both. Rejects as `startServingModel` does. */
export async function startModel({
  config,
  broker,
  createPool,
  metrics,
  log,
}: StartOptions): Promise<ServingModel> {
  const sideTopic = new SideTopic({
    createSink: () => broker.createSink(),
    topic: config.output.disagreements,
    log,
  });
  const serving = await startServingModel({
    config,
    createPool,
    onChange: (change) => metrics?.modelChanged(change),
    onDisagreements: (disagreements) => sideTopic.offer(disagreements),
    onShadowed: (counts) => metrics?.shadowed(counts),
    log,
  });
  const { slot } = serving;
  slot.onWorkerLost = () => metrics?.workerLost();
  const { name, version, runtime, precision } = slot.model;
  log.info({ model: `${name}@${version}`, runtime, precision, workers: slot.workers }, 'model ready');
  return {
    ...serving,
    close: async () => {
      await serving.close();
      await sideTopic.close(SIDE_TOPIC_CLOSE_MS);
    },
  };
}
