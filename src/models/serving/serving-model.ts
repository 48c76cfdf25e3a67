import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import { isFashionMnist, pixelsOf } from '../../core/model-shape';
import type { ModelChange } from '../../core/model-version';
import type { Log } from '../../core/ports';
import { loadSamples } from '../../dataset/samples';
import {
  isPinned,
  listVersionFolders,
  readModelFiles,
  resolveModelDir,
  versionsRoot,
  type ModelFiles,
} from '../files';
import { startPool, type InferencePool, type PoolOptions } from '../../inference/pool';
import type { HeldOut } from './gates';
import { heldOutOf, toHeldOut } from './held-out';
import { ModelSlot } from './model-slot';
import { poolOptionsOf } from '../../setup/pool-options';
import { ModelKeeper } from './model-keeper';
import { RolloutDesk, type RolloutDeskOptions } from './rollout-desk';

export interface ServingOptions {
  readonly config: Config;
  /** Makes what classifies, instead of the worker pool: that is not exchanged. */
  readonly createPool?: ((options: PoolOptions) => InferencePool) | undefined;
  readonly onChange?: (change: ModelChange) => void;
  readonly onDisagreements?: RolloutDeskOptions['onDisagreements'];
  readonly onShadowed?: RolloutDeskOptions['onShadowed'];
  readonly log: Log;
}

/** The model that serves, and whoever exchanges it. */
export interface ServingModel {
  readonly slot: ModelSlot;
  readonly rollout: RolloutDesk;
  readonly keeper: ModelKeeper;
  /** How to start what serves at the moment somewhere else; null for a function of this process. */
  readonly poolOptions: () => Omit<PoolOptions, 'log'> | null;
  close(): Promise<void>;
}

/**
 * Resolves when the model is warm. Rejects as `createPool` does, and with CONFIG_INVALID for a model that stands alone and
 * is to be exchanged.
 */
export async function startServingModel(options: ServingOptions): Promise<ServingModel> {
  const { config, createPool, log } = options;
  const poolOptions = poolOptionsOf(config.inference, log);
  if (createPool) return serveFunction(createPool({ ...poolOptions, modelDir: '' }), options);
  const files = await readModelFiles(await resolveModelDir(config.inference.model));
  const root = versionsRoot(files.dir, files.version);
  if (root === undefined && config.models.control !== 'none') throw standsAlone(files, config);
  return serveModel(await startPool(files, poolOptions), files, root, options);
}

function serveModel(
  pool: InferencePool,
  files: ModelFiles,
  root: string | undefined,
  options: ServingOptions,
): ServingModel {
  const { config, log } = options;
  const poolOptions = poolOptionsOf(config.inference, log);
  /** By version: what serves may have come from any of them. */
  const dirs = new Map([[files.version, files.dir]]);
  const places = createSlot(pool, options, () => keeper);
  const { slot, rollout } = places;
  const keeper: ModelKeeper = new ModelKeeper({
    ...keeperOptions(places, options),
    folders: async () => (root === undefined ? [] : await listVersionFolders(root)),
    read: readModelFiles,
    start: async (next, signal) => {
      const started = await startPool(next, { ...poolOptions, signal });
      dirs.set(next.version, next.dir);
      return started;
    },
    heldOut: once(() => heldOutFor(files, config)),
  });
  const stopPolling = poll(keeper, config, log);
  return {
    slot,
    rollout,
    keeper,
    poolOptions: () => {
      const { version, runtime, precision } = slot.model;
      if (runtime === 'function') return null;
      return { ...poolOptions, runtime, precision, modelDir: dirs.get(version) ?? files.dir };
    },
    close: async () => {
      stopPolling();
      await keeper.close();
      await slot.close();
    },
  };
}

type Places = Pick<ServingModel, 'slot' | 'rollout'>;

/** There are no other versions of a function. */
function serveFunction(pool: InferencePool, options: ServingOptions): ServingModel {
  const places = createSlot(pool, options, () => keeper);
  const never = async (): Promise<never> => {
    throw new StreamInferError(
      'MODEL_REFUSED',
      'A function of the program around this one has no other versions.',
    );
  };
  const keeper: ModelKeeper = new ModelKeeper({
    ...keeperOptions(places, options),
    control: 'none',
    folders: async () => [],
    read: never,
    start: never,
    heldOut: never,
  });
  return { ...places, keeper, poolOptions: () => null, close: () => places.slot.close() };
}

function createSlot(pool: InferencePool, options: ServingOptions, keeper: () => ModelKeeper): Places {
  const slot: ModelSlot = new ModelSlot(pool, {
    log: options.log,
    onFailedBatch: ({ version }, { code, message }) => {
      const fatal = code === 'RUNTIME_UNAVAILABLE';
      keeper().trial.batchFailed(version, message, fatal);
      rollout.batchFailed(version, message, fatal);
    },
  });
  const rollout: RolloutDesk = new RolloutDesk({
    slot,
    onDisagreements: (disagreements) => options.onDisagreements?.(disagreements),
    onShadowed: (counts) => options.onShadowed?.(counts),
    onFailed: (reason) => keeper().rolloutFailed(reason),
  });
  return { slot, rollout };
}

function keeperOptions(places: Places, { config, log, onChange }: ServingOptions) {
  const { control, trial: trialMs, maxAccuracyDrop, maxSlowdown } = config.models;
  return { control, ...places, limits: { maxAccuracyDrop, maxSlowdown, trialMs }, log, onChange };
}

/** Nothing is polled where a version is pinned. Returns what ends it. */
function poll(keeper: ModelKeeper, { models, inference }: Config, log: Log): () => void {
  const { control, pollInterval } = models;
  const nothing = (): void => undefined;
  if (control !== 'poll') return nothing;
  if (isPinned(inference.model)) {
    const { model } = inference;
    log.warn(
      { model },
      'the version is pinned: newer ones are not taken; name the model without a version to poll',
    );
    return nothing;
  }
  const timer = setInterval(() => void keeper.takeNewest(), pollInterval);
  timer.unref();
  return () => clearInterval(timer);
}

/** The test images that come with the package, where the model knows such images. */
async function heldOutFor(files: ModelFiles, { inference: { maxBatch } }: Config): Promise<HeldOut> {
  const { manifest, labels } = files;
  const [height, width] = manifest.inputShape;
  const shape = { height, width, labels };
  if (!isFashionMnist(shape)) return heldOutOf(files, maxBatch);
  const samples = await loadSamples();
  return toHeldOut(samples.pixels, samples.labels, pixelsOf(shape), maxBatch);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function standsAlone({ dir, version }: ModelFiles, { models }: Config): StreamInferError {
  return new StreamInferError(
    'CONFIG_INVALID',
    `models.control: ${models.control} wants a model in a folder of versions, <name>/<version>/; ` +
      `${dir} holds version ${version} and is not called ${version}`,
  );
}
