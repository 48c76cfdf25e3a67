import { z } from 'zod';
import { aborted } from '../core/async/until-aborted';
import { dataFolder } from '../setup/data-folder';
import { instanceOf, warnIfNotKept, type Instance } from '../setup/instance-id';
import { whyVolatile } from '../setup/volatile-folder';
import { createLogger } from '../setup/logger';
import { Processor } from '../processor/processor';
import { toSettings } from '../setup/settings-view';
import { livesInProcess } from '../config/broker';
import { parseConfig, type LoadedConfig } from '../config/load';
import type { ConfigInput } from '../config/schema';
import { StreamInferError, messageOf } from '../core/errors';
import { INVERT_MODES, type InvertMode } from '../core/image';
import { RESIZE_MODES, type ModelShape } from '../core/model-shape';
import type { DrainReport } from '../pipeline/pipeline';
import type { ConnectionStatus, Log } from '../core/ports';
import type { Outcome, Prediction } from '../core/prediction';
import { createFunctionPool, type ClassifyFunction } from '../inference/function-pool';
import type { InferencePool, PoolOptions } from '../inference/pool';
import type { BrokerConnection } from './connection';
import { imageBytes } from './model';
import { aFunction, aLog, assertShape } from './options';

/** Images and classes of a `classify` function; grey images, fitted and inverted as for Fashion-MNIST by default. */
export type FunctionShape = Pick<ModelShape, 'height' | 'width' | 'labels'> & Partial<ModelShape>;

export interface PipelineOptions {
  /**
   * Settings as in the configuration file; neither file nor environment is read. HTTP is disabled unless `http` is set,
   * and demo and results store are disabled.
   */
  readonly config?: ConfigInput;
  /** Used instead of the broker in `config`; stays open. */
  readonly broker?: BrokerConnection;
  /** Used instead of the model. */
  readonly classify?: ClassifyFunction;
  /** Images and classes of the function; those of Fashion-MNIST if absent. */
  readonly shape?: FunctionShape;
  /** Model name in predictions; `function` if absent. */
  readonly name?: string;
  /** Called for outcomes once they are durable. Must be fast; errors are logged. */
  readonly onOutcomes?: (outcomes: readonly Outcome[]) => void;
  /** Stops after this many outcomes. */
  readonly limit?: number;
  /** Warnings go to stderr if absent. */
  readonly log?: Log;
  /** Aborts a start that is waiting, for example for an unreachable broker. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPipeline {
  /** URL of the dashboard and the API; null without HTTP. */
  readonly url: string | null;
  /** Resolves when drained and all resources are freed; rejects if the pipeline could not continue. */
  readonly done: Promise<DrainReport>;
  /** Status of the input. */
  status(): ConnectionStatus;
  /** Classifies one image without publishing it. Rejects with its rejection code, or OVERLOADED. */
  classify(image: Uint8Array, options?: { readonly invert?: InvertMode }): Promise<Prediction>;
  /** Takes nothing new, waits for messages in flight (at most `shutdownTimeout`), frees all resources. */
  close(): Promise<DrainReport>;
}

const VERSION = 'embedded';

const schema = z.strictObject({
  config: z.record(z.string(), z.unknown()).optional(),
  broker: z
    .custom<BrokerConnection>(
      (value) => typeof value === 'object' && value !== null && 'adapter' in value && 'kind' in value,
      'expected a BrokerConnection from connectBroker',
    )
    .optional(),
  classify: aFunction.optional(),
  shape: z
    .strictObject({
      height: z.int().positive(),
      width: z.int().positive(),
      channels: z.literal([1, 3], 'expected 1 (grey) or 3 (RGB)').optional(),
      resize: z.enum(RESIZE_MODES).optional(),
      invert: z.enum(INVERT_MODES).optional(),
      labels: z.array(z.string()).min(1),
    })
    .optional(),
  name: z.string().min(1).optional(),
  onOutcomes: aFunction.optional(),
  limit: z
    .custom<number>(
      (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) > 0),
      'expected a whole number above 0',
    )
    .optional(),
  log: aLog.optional(),
  signal: z
    .custom<AbortSignal>(
      (value) => typeof (value as Partial<AbortSignal> | null)?.aborted === 'boolean',
      'expected an AbortSignal',
    )
    .optional(),
});

/**
 * Runs the whole processor inside another program: reads images from a topic, publishes predictions and dead letters.
 * Resolves when it is ready. Rejects with CONFIG_INVALID or any start error of the command; nothing is left running then.
 */
export async function createPipeline(options: PipelineOptions = {}): Promise<EmbeddedPipeline> {
  assertShape(schema, options, 'createPipeline');
  const loaded = withDefaults(options);
  const log = options.log ?? createLogger({ level: 'warn', format: 'auto' });
  const instance = nameOf(loaded, log);
  const processor = new Processor({
    config: loaded.config,
    settings: toSettings(loaded),
    version: VERSION,
    instanceId: instance.id,
    log,
    signal: options.signal ?? new AbortController().signal,
    maxDeliveries: options.limit ?? Infinity,
    observers: options.onOutcomes ? [toObserver(options.onOutcomes, log)] : [],
    broker: options.broker?.adapter,
    createPool: poolMaker(options, loaded),
  });
  try {
    await processor.start();
  } catch (error) {
    await processor.close().finally(instance.release);
    throw error;
  }
  return new RunningPipeline(processor, loaded, instance.release);
}

class RunningPipeline implements EmbeddedPipeline {
  readonly done: Promise<DrainReport>;
  readonly #stopping = new AbortController();
  #lastId = 0;

  constructor(
    private readonly processor: Processor,
    private readonly loaded: LoadedConfig,
    private readonly release: () => void,
  ) {
    this.done = this.#live();
    // Callers may ignore `done`: `close` returns the same promise.
    this.done.catch(() => undefined);
  }

  get url(): string | null {
    return this.processor.url;
  }

  status(): ConnectionStatus {
    return this.processor.status();
  }

  async classify(image: Uint8Array, { invert }: { readonly invert?: InvertMode } = {}): Promise<Prediction> {
    if (this.#stopping.signal.aborted) throw new StreamInferError('NOT_READY', 'the pipeline is closed');
    const bytes = imageBytes(image);
    const id = `call/${++this.#lastId}`;
    const options = invert === undefined ? {} : { invert };
    return (await this.processor.classify(bytes, options, id)).prediction;
  }

  close(): Promise<DrainReport> {
    this.#stopping.abort();
    return this.done;
  }

  async #live(): Promise<DrainReport> {
    const { signal } = this.#stopping;
    try {
      await Promise.race([this.processor.run(), aborted(signal)]);
      return await this.processor.drain(AbortSignal.timeout(this.loaded.config.shutdownTimeout));
    } finally {
      this.#stopping.abort();
      await this.processor.close().finally(this.release);
    }
  }
}

function withDefaults({ config = {}, broker }: PipelineOptions): LoadedConfig {
  const kind = broker === undefined || broker.kind === 'adapter' ? undefined : broker.kind;
  const loaded = parseConfig({
    ...config,
    ...(kind !== undefined && { broker: kind }),
    http: config.http ?? { enabled: false },
    demo: { enabled: false, ...config.demo },
    store: { path: 'none', ...config.store },
  });
  if (loaded.served === undefined) return loaded;
  throw new StreamInferError(
    'CONFIG_INVALID',
    'models.serve: createPipeline runs one model; call it for each',
  );
}

function nameOf({ config }: LoadedConfig, log: Log): Instance {
  if (config.broker === 'memory') return instanceOf(config.instanceId ?? 'embedded');
  const instance = instanceOf(config.instanceId);
  const { broker, delivery } = config;
  if (!livesInProcess(config))
    warnIfNotKept(
      instance,
      {
        broker,
        delivery,
        isConfigured: config.instanceId !== undefined,
        volatile: whyVolatile(dataFolder()),
      },
      log,
    );
  return instance;
}

function poolMaker(
  { classify: classifyImages, name = 'function', shape }: PipelineOptions,
  { config }: LoadedConfig,
): ((options: PoolOptions) => InferencePool) | undefined {
  if (classifyImages === undefined) return undefined;
  const { workers } = config.inference;
  return ({ invert, maxBatch, taskTimeoutMs, log }) =>
    createFunctionPool(
      classifyImages,
      name,
      { workers: workers === 'auto' ? 1 : workers, invert, maxBatch, taskTimeoutMs, log },
      shape && { channels: 1, resize: 'fit', invert: 'auto', ...shape },
    );
}

function toObserver(
  onOutcomes: (outcomes: readonly Outcome[]) => void,
  log: Log,
): { onOutcomes: (outcomes: readonly Outcome[]) => void } {
  return {
    onOutcomes: (outcomes) => {
      const failed = (error: unknown): void =>
        log.error({ error: messageOf(error) }, 'onOutcomes threw; continuing');
      try {
        // The type also allows an async function, whose rejection would be unhandled.
        void Promise.resolve(onOutcomes(outcomes) as unknown).catch(failed);
      } catch (error) {
        failed(error);
      }
    },
  };
}
