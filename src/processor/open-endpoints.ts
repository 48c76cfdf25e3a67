import type { ProcessContext } from '../composition/context';
import type { Delivery } from '../core/message';
import type { Broker, MessageSource } from '../core/ports';
import type { RoutePrediction } from '../core/route';
import type { InferencePool } from '../inference/pool';
import { KeyOrder } from '../pipeline/key-order';
import { createOutcomeEncoder } from '../setup/outcome-encoder';
import { createEndpoints } from './create-endpoints';
import type { ProcessorResources } from './resources';

type EndpointResources = Pick<ProcessorResources, 'sink' | 'redrives' | 'source' | 'outbox'>;

export interface OpenEndpoints extends EndpointResources {
  /** The source, as the pipeline reads it. */
  readonly input: Pick<MessageSource, 'receive' | 'isCurrent'>;
  /** See `PipelinePorts`. */
  readonly onAbandoned?: (delivery: Delivery) => void;
}

/** How predictions are published. */
export interface PublishedForm {
  /** By their content; absent where all go to one topic. */
  readonly route: RoutePrediction | undefined;
  /** With a registered schema; absent for plain JSON. */
  readonly framed: ((json: Buffer) => Buffer) | undefined;
}

/**
 * Opens the sink, then the source. Rejects with ABORTED.
 *
 * @param onAcquired called with each part as soon as its status is worth showing
 * @param pushed used instead of a source of the broker
 */
export async function openEndpoints(
  context: ProcessContext,
  broker: Broker,
  pool: InferencePool,
  maxDeliveries: number,
  { route, framed }: PublishedForm,
  onAcquired: (resources: Partial<EndpointResources>) => void,
  pushed?: MessageSource,
): Promise<OpenEndpoints> {
  const { config, log, signal, abandon, releasers, tracing, member } = context;
  const encode = tracing.encoder(createOutcomeEncoder(config, () => pool.model, framed));
  const longestMs = Math.max(config.inference.taskTimeout, config.model.timeout);
  const isWorking = (): boolean => (pool.sinceStepMs ?? Infinity) < longestMs;
  const load = { parallelism: pool.parallelism, maxDeliveries, isWorking };
  const endpoints = createEndpoints(
    broker,
    config,
    { encode, route, log, signal: abandon.signal },
    load,
    pushed,
    member?.selection && ((source) => member.selection?.only(source) ?? source),
  );
  const { source, publishing, outbox } = endpoints;
  onAcquired({ sink: publishing });
  // Transactions have a producer of their own, which publishes outcomes only.
  const redrives = endpoints.sink ?? broker.createSink();
  releasers.add('sink', () => redrives.close());
  await redrives.open(signal);
  onAcquired({ redrives, source });
  // Each may wait some seconds for a broker that is gone, and the process has little time to end.
  releasers.addToLast('source', () => source.close());
  await source.open(signal);
  const acquired = { sink: publishing, redrives, source };
  // Transactions publish in the order of the input anyway.
  if (config.output.order === 'none' || endpoints.sink === null)
    return { ...acquired, outbox, input: source };
  const order = new KeyOrder(outbox);
  const onAbandoned = (delivery: Delivery): void => order.abandon(delivery);
  return { ...acquired, outbox: order, input: order.watching(source), onAbandoned };
}
