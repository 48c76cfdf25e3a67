import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import type { ModelChange, ModelControl } from '../../core/model-version';
import type { Broker, Log } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import { resolveRules } from '../../core/resolve-rules';
import { rulesOnBaseline } from '../../core/rule';
import { createRemotePool } from '../../inference/remote/remote-pool';
import { startPool, type InferencePool, type PoolOptions } from '../../inference/pool';
import { poolOptionsOf } from '../../setup/pool-options';
import { remoteSettingsOf } from '../../setup/remote-settings';
import {
  isPinned,
  listVersionFolders,
  readModelFiles,
  resolveModelDir,
  versionsRoot,
  type ModelFiles,
} from '../files';
import { DisagreementPublisher } from './disagreements';
import { heldOutFor, type HeldOut } from './gates';
import { ModelManager, type ManagerOptions } from './manager';
import { RecentDisagreements } from './recent-disagreements';
import { RolloutController, type RolloutOptions } from './rollout';
import { ModelRouter } from './router';
import { StreamTrial, type VersionDrift } from './stream-trial';

/** Time for disagreements that are still being published at shutdown, ms. */
const PUBLISHER_GRACE_MS = 1_000;

/** Counts model changes, shadow comparisons and lost workers. */
export interface ModelMeter {
  modelChanged(change: ModelChange): void;
  shadowed: NonNullable<RolloutOptions['onShadowed']>;
  workerLost(): void;
}

export interface StartOptions {
  readonly config: Config;
  readonly broker: Pick<Broker, 'createSink'>;
  /** Creates the classifier instead of the worker pool; it has no versions to swap. */
  readonly createPool?: ((options: PoolOptions) => InferencePool) | undefined;
  /** Aborts the wait for a remote model. */
  readonly signal: AbortSignal;
  /** Called with the reason until a remote model answers, and with null at the end. */
  readonly onWait?: ((reason: string | null) => void) | undefined;
  /** null without metrics. */
  readonly metrics: ModelMeter | null;
  /** Drift of a version on the stream; absent where it is not measured. */
  readonly driftOf?: ((model: ModelIdentity) => VersionDrift) | undefined;
  readonly log: Log;
}

/**
 * Resolves when the model is warm. Rejects as `createPool` does, and with CONFIG_INVALID for model control without a
 * folder of versions.
 */
export async function startModel(options: StartOptions): Promise<ServingModel> {
  const { config, createPool, log } = options;
  const poolOptions = { ...poolOptionsOf(config.inference, log), resize: config.input.resize };
  if (createPool) {
    const pool = createPool({ ...poolOptions, modelDir: '' });
    return new ServingModel(pool, NO_VERSIONS, options);
  }
  const settings = remoteSettingsOf(config);
  if (settings !== null) {
    const { signal, onWait } = options;
    const { invert, resize } = poolOptions;
    const pool = await createRemotePool({ settings, invert, resize, log, signal, onWait });
    return new ServingModel(pool, NO_VERSIONS, options);
  }
  const files = await readModelFiles(await resolveModelDir(config.inference.model));
  const versions = new FolderVersions(files, poolOptions, config);
  return new ServingModel(await startPool(files, poolOptions), versions, options);
}

/** The active model and the parts that swap and compare it. */
export class ServingModel {
  readonly router: ModelRouter;
  readonly rollout: RolloutController;
  readonly manager: ModelManager;
  readonly recentDisagreements = new RecentDisagreements();
  readonly #disagreements: DisagreementPublisher;
  readonly #stopPolling: () => void;

  constructor(
    pool: InferencePool,
    private readonly versions: Versions,
    private readonly options: StartOptions,
  ) {
    const { config, broker, metrics, driftOf, log } = options;
    const { trial: trialMs, maxAccuracyDrop, maxSlowdown } = config.models;
    const { maxTrialSlowdown = maxSlowdown, maxTrialDrift } = config.models;
    const trialLimits = { maxTrialSlowdown, maxTrialDrift };
    const topic = config.output.disagreements;
    this.#disagreements = new DisagreementPublisher({ createSink: () => broker.createSink(), topic, log });
    this.router = new ModelRouter(pool, log);
    this.router.onWorkerLost = () => metrics?.workerLost();
    this.rollout = new RolloutController({
      router: this.router,
      onDisagreements: (disagreements) => {
        this.recentDisagreements.add(disagreements);
        this.#disagreements.offer(disagreements);
      },
      onShadowed: (counts) => metrics?.shadowed(counts),
      trial: new StreamTrial(trialLimits, driftOf),
    });
    this.manager = new ModelManager({
      control: versions.control,
      router: this.router,
      rollout: this.rollout,
      folders: () => versions.folders(),
      read: readModelFiles,
      start: (files, signal) => versions.start(files, signal, this.router.workers),
      heldOut: () => versions.heldOut(),
      limits: { maxAccuracyDrop, maxSlowdown, trialMs },
      assertConfigured: ({ shape, output }) => void resolveRules(config.alerts, shape.labels, output.objects),
      // Without other versions nothing is ever compared.
      trial: versions.control === 'none' ? undefined : new StreamTrial(trialLimits, driftOf),
      log,
      onChange: (change) => {
        metrics?.modelChanged(change);
        if (change !== 'refused') this.#reportMissingBaseline();
      },
    });
    this.#stopPolling =
      versions.control === 'poll' ? poll(this.manager, versions.pinned, config, log) : () => undefined;
    const { name, version, runtime, precision } = this.router.model;
    log.info({ model: `${name}@${version}`, runtime, precision, workers: pool.workers }, 'model ready');
  }

  /** The options to start the active model in another process; null for a function of this process or a remote model. */
  poolOptions(): Omit<PoolOptions, 'log'> | null {
    return this.versions.poolOptions(this.router.model);
  }

  /** An alert that can no longer fire must not go unnoticed. */
  #reportMissingBaseline(): void {
    const { model } = this.router;
    if (this.router.baselineOf(model) !== undefined) return;
    const { config, log } = this.options;
    const rules = rulesOnBaseline(config.alerts);
    const about = { model: `${model.name}@${model.version}` };
    const remedy = 'create one with stream-infer models baseline';
    if (rules.length === 0)
      return log.warn(about, `this version has no baseline, so drift is not compared on trial; ${remedy}`);
    const silent = `this version has no baseline, so its drift rules are silent while it is active; ${remedy}`;
    log.error({ ...about, rules }, silent);
  }

  async close(): Promise<void> {
    this.#stopPolling();
    await this.manager.close();
    await this.router.close();
    await this.#disagreements.close(PUBLISHER_GRACE_MS);
  }
}

/** The source of a model's versions. */
interface Versions extends Pick<ManagerOptions, 'control' | 'folders' | 'heldOut'> {
  /** Newer versions are not polled. */
  readonly pinned: boolean;
  /** @param workers of the active model, at present */
  start(files: ModelFiles, signal: AbortSignal, workers: number): Promise<InferencePool>;
  poolOptions(model: ModelIdentity): Omit<PoolOptions, 'log'> | null;
}

/** Versions in the folder of the model that was started. */
class FolderVersions implements Versions {
  readonly control: ModelControl;
  readonly pinned: boolean;
  readonly #root: string | undefined;
  /** By version: the active model may be any of them. */
  readonly #dirs: Map<number, string>;
  #heldOut: Promise<HeldOut> | undefined;

  constructor(
    private readonly files: ModelFiles,
    private readonly options: Omit<PoolOptions, 'modelDir'>,
    { models, inference }: Config,
  ) {
    this.pinned = isPinned(inference.model, files.dir);
    this.control = models.control;
    this.#root = versionsRoot(files.dir, files.version);
    this.#dirs = new Map([[files.version, files.dir]]);
    if (this.#root === undefined && this.control !== 'none') throw noVersionsRoot(files, this.control);
  }

  async folders() {
    return this.#root === undefined ? [] : await listVersionFolders(this.#root);
  }

  async start(files: ModelFiles, signal: AbortSignal, workers: number): Promise<InferencePool> {
    const pool = await startPool(files, { ...this.options, workers, signal });
    this.#dirs.set(files.version, files.dir);
    return pool;
  }

  heldOut(): Promise<HeldOut> {
    return (this.#heldOut ??= heldOutFor(this.files, this.options.maxBatch));
  }

  poolOptions({ version, runtime, precision }: ModelIdentity): Omit<PoolOptions, 'log'> | null {
    if (runtime === 'function') return null;
    return { ...this.options, runtime, precision, modelDir: this.#dirs.get(version) ?? this.files.dir };
  }
}

/** A function of the surrounding program and a remote model have no other versions. */
const NO_VERSIONS: Versions = {
  control: 'none',
  pinned: true,
  folders: async () => [],
  start: rejectVersions,
  heldOut: rejectVersions,
  poolOptions: () => null,
};

async function rejectVersions(): Promise<never> {
  throw new StreamInferError('MODEL_REFUSED', 'this model has no other versions');
}

/** A pinned version is not polled. Returns a function that stops the polling. */
function poll(
  manager: ModelManager,
  pinned: boolean,
  { models, inference: { model } }: Config,
  log: Log,
): () => void {
  if (pinned) {
    log.warn(
      { model },
      'the model version is pinned; newer ones are not loaded (to poll, name the model or its folder without the version)',
    );
    return () => undefined;
  }
  const timer = setInterval(() => void manager.pollNewest(), models.pollInterval);
  timer.unref();
  return () => clearInterval(timer);
}

function noVersionsRoot({ dir, version }: ModelFiles, control: ModelControl): StreamInferError {
  return new StreamInferError(
    'CONFIG_INVALID',
    `models.control: ${control} requires a model in a folder of versions, <name>/<version>/; ` +
      `${dir} holds version ${version} but is not named ${version}`,
  );
}
