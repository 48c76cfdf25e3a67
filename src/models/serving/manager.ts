import { StreamInferError, messageOf } from '../../core/errors';
import type {
  ModelChange,
  ModelControl,
  ModelVersion,
  RolloutRequest,
  RolloutState,
  VersionDetails,
} from '../../core/model-version';
import type { Log } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import type { ModelsService } from '../../http/services';
import type { VersionFolder } from '../files';
import type { GateLimits } from './gates';
import { VersionLoader, type LoaderOptions } from './loader';
import { Probation } from './probation';
import { VersionRegistry } from './registry';
import type { RolloutController } from './rollout';
import type { StreamTrial } from './stream-trial';

export interface ManagerOptions extends Omit<LoaderOptions, 'makeRoom' | 'onRefused'> {
  readonly control: ModelControl;
  readonly rollout: RolloutController;
  /** The version folders of the active model; none for a model without a folder of versions. */
  readonly folders: () => Promise<readonly VersionFolder[]>;
  readonly limits: GateLimits & { readonly trialMs: number };
  /** Absent where there are no other versions. */
  readonly trial?: StreamTrial | undefined;
  readonly log: Log;
  readonly onChange?: ((change: ModelChange) => void) | undefined;
}

/**
 * Swaps the router's model, one change at a time. A version is activated when it is complete, fits the active model,
 * reproduces its golden vectors, and is about as accurate and as fast. Then it is on probation, and is rolled back if
 * it fails. Refused and withdrawn versions are remembered with the reason until their folder changes.
 */
export class ModelManager implements ModelsService {
  readonly control: ModelControl;
  readonly probation: Probation;
  readonly #registry: VersionRegistry;
  readonly #loader: VersionLoader;
  readonly #changes: ExclusiveChanges;
  /** Versions that were active before, the latest last. */
  readonly #history: number[] = [];
  #probationEnds: NodeJS.Timeout | undefined;

  constructor(private readonly options: ManagerOptions) {
    const { router, rollout, limits, log } = options;
    this.control = options.control;
    this.#changes = new ExclusiveChanges(log);
    this.#registry = new VersionRegistry(options);
    this.#loader = new VersionLoader(
      { ...options, onRefused: () => options.onChange?.('refused'), makeRoom: () => this.#makeRoom() },
      this.#registry,
    );
    const fail = (reason: string) => this.#probationFailed(reason);
    this.probation = new Probation(limits.maxAccuracyDrop, fail, options.trial);
    rollout.onFailed = (reason) => this.#rolloutFailed(reason);
    router.onFailedBatch = (model, error) => this.#batchFailed(model, error);
  }

  async list(): Promise<readonly ModelVersion[]> {
    return await this.#registry.list();
  }

  async details(version: number): Promise<VersionDetails> {
    return await this.#registry.details(version);
  }

  /** Activates a version; the newest without a number. Rejects with MODEL_REFUSED, MODEL_BUSY or NOT_FOUND and changes nothing. */
  async load(version?: number): Promise<ModelVersion> {
    this.#assertControlled();
    const folder = await this.#registry.folder(version);
    const before = this.#active;
    if (folder.version !== before) await this.#changes.run(() => this.#swap(folder));
    // Otherwise the next poll would activate the newer version again.
    if (folder.version < before)
      await this.#registry.withdrawn(before, `Version ${folder.version} was loaded on request.`);
    return await this.#registry.version(folder.version);
  }

  /** Rolls back this version, or the active one. Resolves with the version that is active then. */
  async unload(version = this.#active): Promise<ModelVersion> {
    this.#assertControlled();
    const { previous, candidate } = this.options.router;
    if (version === previous?.version) await this.#changes.run(() => this.#endProbation());
    else if (version === candidate?.version) await this.#changes.run(() => this.#removeCandidate());
    else if (version === this.#active)
      await this.#changes.run(() => this.#rollBack('It was unloaded on request.'));
    else
      throw new StreamInferError('NOT_FOUND', `version ${version} is not loaded; ${this.#active} is active`);
    return await this.#registry.version(this.#active);
  }

  /** Starts a canary or shadow with a version that passes the same gates as for `load`. Rejects as `load` does. */
  async startRollout(request: RolloutRequest): Promise<RolloutState> {
    this.#assertControlled();
    const folder = await this.#registry.folder(request.version);
    if (folder.version === this.#active)
      throw new StreamInferError(
        'MODEL_REFUSED',
        `version ${folder.version} is active already; choose another version for the rollout`,
      );
    await this.#changes.run(() => this.#addCandidate(folder, request));
    return this.options.rollout.state() as RolloutState;
  }

  /** Ends the canary or shadow; does nothing without one. */
  async endRollout(): Promise<void> {
    this.#assertControlled();
    await this.#changes.run(() => this.#removeCandidate());
  }

  rollout(): RolloutState | null {
    return this.options.rollout.state();
  }

  /** Activates the newest version above the active one, unless it was refused or withdrawn. Never rejects. */
  async pollNewest(): Promise<void> {
    // A poll must not replace a candidate.
    if (this.#changes.busy || this.options.router.candidate !== null) return;
    try {
      const folder = await this.#registry.newestLoadable();
      if (folder !== undefined) await this.#changes.run(() => this.#swap(folder));
    } catch (error) {
      // A refusal has been logged already; an unreadable folder may be readable later.
      this.options.log.debug({ error: messageOf(error) }, 'no newer version loaded');
    }
  }

  /** Aborts the load in progress and waits for the current change; close the router afterwards. */
  async close(): Promise<void> {
    this.#loader.abort();
    clearTimeout(this.#probationEnds);
    this.probation.end();
    this.options.rollout.end();
    await this.#changes.close();
  }

  get #active(): number {
    return this.options.router.model.version;
  }

  /** A candidate is warm and has passed the gates, so it is promoted without loading it again. */
  async #swap(folder: VersionFolder): Promise<void> {
    const { router, rollout } = this.options;
    if (router.candidate?.version !== folder.version)
      return await this.#loader.load(folder, (pool) =>
        this.#activate(router.model, () => router.activate(pool)),
      );
    rollout.end();
    this.#activate(router.model, () => router.promote());
  }

  async #addCandidate(folder: VersionFolder, request: RolloutRequest): Promise<void> {
    const { router, rollout, log } = this.options;
    await this.#loader.load(folder, (pool) => {
      router.addCandidate(pool);
      rollout.begin(folder.version, request);
    });
    log.info({ ...request, version: folder.version, serving: this.#active }, `${request.mode} started`);
  }

  async #removeCandidate(): Promise<void> {
    this.options.rollout.end();
    await this.options.router.removeCandidate();
  }

  /** Makes room for one more pool: at most two are open. */
  async #makeRoom(): Promise<void> {
    await this.#endProbation();
    await this.#removeCandidate();
  }

  /** @param swap replaces `before` by the new model in the router */
  #activate(before: ModelIdentity, swap: () => void): void {
    const { router, limits, log } = this.options;
    swap();
    this.#history.push(before.version);
    this.probation.begin(router.model, before);
    this.#probationEnds = setTimeout(
      () => this.#changes.soon('cannot end the probation', () => this.#endProbation()),
      limits.trialMs,
    ).unref();
    this.options.onChange?.('loaded');
    const { name, version, runtime, precision } = router.model;
    log.info({ model: `${name}@${version}`, runtime, precision, before: before.version }, 'model swapped');
  }

  /** Reactivates the previous pool at once if it is still warm; otherwise loads that version again. */
  async #rollBack(reason: string): Promise<void> {
    const from = this.options.router.model;
    const to = this.#history.at(-1);
    if (to === undefined)
      throw new StreamInferError(
        'MODEL_REFUSED',
        `there is no previous version to roll back to; version ${from.version} stays active`,
      );
    clearTimeout(this.#probationEnds);
    this.probation.end();
    if (!(await this.options.router.rollBack())) await this.#reload(to);
    this.#history.pop();
    await this.#registry.withdrawn(from.version, reason);
    this.options.onChange?.('rolled_back');
    this.options.log.warn(
      { from: from.version, to, reason },
      'model rolled back; the earlier version is active',
    );
  }

  async #reload(version: number): Promise<void> {
    const { router } = this.options;
    await this.#loader.reload(await this.#registry.folder(version), (pool) => router.activate(pool));
    await router.retirePrevious();
  }

  #batchFailed({ version }: ModelIdentity, { code, message }: StreamInferError): void {
    const fatal = code === 'POOL_BROKEN';
    this.probation.batchFailed(version, message, fatal);
    this.options.rollout.batchFailed(version, message, fatal);
  }

  #probationFailed(reason: string): void {
    const failed = this.#active;
    this.#changes.soon('cannot roll back the model', async () => {
      // Another change may have replaced the failed model in the meantime.
      if (this.#active === failed) await this.#rollBack(reason);
    });
  }

  #rolloutFailed(reason: string): void {
    const version = this.options.router.candidate?.version;
    if (version === undefined) return;
    this.#changes.soon('cannot remove the candidate', async () => {
      if (this.options.router.candidate?.version !== version) return;
      await this.#removeCandidate();
      await this.#registry.withdrawn(version, reason);
      this.options.onChange?.('rolled_back');
      this.options.log.warn({ version, reason }, 'candidate withdrawn; the active version continues');
    });
  }

  async #endProbation(): Promise<void> {
    clearTimeout(this.#probationEnds);
    this.probation.end();
    await this.options.router.retirePrevious();
  }

  #assertControlled(): void {
    if (this.control !== 'none') return;
    throw new StreamInferError(
      'MODEL_REFUSED',
      'the model of this process is fixed; start it with --model-control explicit (or poll) to swap models',
    );
  }
}

/** Changes that exclude each other. */
class ExclusiveChanges {
  #current: Promise<unknown> | null = null;
  #closed = false;

  constructor(private readonly log: Log) {}

  get busy(): boolean {
    return this.#current !== null;
  }

  /** Rejects with MODEL_BUSY during another change, and with NOT_READY after `close`. */
  async run(change: () => Promise<void>): Promise<void> {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'the process is stopping');
    if (this.#current !== null)
      throw new StreamInferError('MODEL_BUSY', 'another model change is in progress; retry shortly');
    const current = change();
    this.#current = current;
    try {
      await current;
    } finally {
      this.#current = null;
    }
  }

  /** Runs after the current change; a failure is logged with `problem`. */
  soon(problem: string, change: () => Promise<void>): void {
    const inTurn = async (): Promise<void> => {
      while (this.#current !== null) await this.#current.catch(() => undefined);
      if (!this.#closed) await this.run(change);
    };
    inTurn().catch((error: unknown) => this.log.error({ error: messageOf(error) }, problem));
  }

  /** Waits for the current change. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#current?.catch(() => undefined);
  }
}
