import { StreamInferError, messageOf } from '../../core/errors';
import type {
  ModelChange,
  ModelControl,
  ModelVersion,
  RolloutRequest,
  RolloutState,
  VersionState,
} from '../../core/model-version';
import type { Log } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import type { ModelsService } from '../../http/services';
import type { VersionFolder } from '../files';
import type { GateLimits } from './gates';
import type { AdmissionOptions } from './admission';
import { OneAtATime } from './one-at-a-time';
import type { RolloutDesk } from './rollout-desk';
import { Trial } from './trial';
import { VersionBook } from './version-book';
import { VersionTaker } from './version-taker';

export interface KeeperOptions extends AdmissionOptions {
  readonly control: ModelControl;
  readonly rollout: RolloutDesk;
  /** The version folders of the model that serves; none for a model that stands alone. */
  readonly folders: () => Promise<readonly VersionFolder[]>;
  readonly limits: GateLimits & { readonly trialMs: number };
  readonly log: Log;
  readonly onChange?: ((change: ModelChange) => void) | undefined;
}

/**
 * Exchanges the model in the slot: one change at a time. A version is taken when its files are whole, it fits the place of
 * the one that serves, reproduces its golden vectors, and is about as exact and as fast; then it is on trial, and one that
 * fails there is taken back. What was refused or taken back is remembered with the reason, until its folder changes.
 */
export class ModelKeeper implements ModelsService {
  readonly control: ModelControl;
  readonly trial: Trial;
  readonly #book: VersionBook;
  readonly #taker: VersionTaker;
  readonly #changes: OneAtATime;
  /** Versions that served before, the latest last. */
  readonly #before: number[] = [];
  #trialEnds: NodeJS.Timeout | undefined;

  constructor(private readonly options: KeeperOptions) {
    this.control = options.control;
    this.#changes = new OneAtATime(options.log);
    this.#book = new VersionBook(options.slot, options.folders, (version) => this.#stateNow(version));
    this.#taker = new VersionTaker(
      { ...options, onRefused: () => options.onChange?.('refused'), makeRoom: () => this.#makeRoom() },
      this.#book,
    );
    this.trial = new Trial(options.limits.maxAccuracyDrop, (reason) => this.#failTrial(reason));
  }

  async list(): Promise<readonly ModelVersion[]> {
    return await this.#book.list();
  }

  /** The newest version if none is named. Rejects with MODEL_REFUSED, MODEL_BUSY or NOT_FOUND; then the one before serves on. */
  async load(version?: number): Promise<ModelVersion> {
    this.#assertControlled();
    const folder = await this.#book.folder(version);
    const before = this.#serving;
    if (folder.version !== before) await this.#changes.run(() => this.#exchange(folder));
    // Else a poll would bring it back at once.
    if (folder.version < before)
      await this.#book.withdrawn(before, `Version ${folder.version} was loaded by a call.`);
    return await this.#book.version(folder.version);
  }

  /** Goes back from this version, or from the one that serves, to the one before. Resolves with what serves then. */
  async unload(version = this.#serving): Promise<ModelVersion> {
    this.#assertControlled();
    const { standby, beside } = this.options.slot;
    if (version === standby?.version) await this.#changes.run(() => this.#endTrial());
    else if (version === beside?.version) await this.#changes.run(() => this.#removeBeside());
    else if (version === this.#serving)
      await this.#changes.run(() => this.#goBack('It was unloaded by a call.'));
    else throw new StreamInferError('NOT_FOUND', `Version ${version} is not loaded; ${this.#serving} is.`);
    return await this.#book.version(this.#serving);
  }

  /** Puts a version beside the one that serves; it has to pass the same as one that is loaded. Rejects as `load` does. */
  async startRollout(request: RolloutRequest): Promise<RolloutState> {
    this.#assertControlled();
    const folder = await this.#book.folder(request.version);
    if (folder.version === this.#serving)
      throw new StreamInferError(
        'MODEL_REFUSED',
        `Version ${folder.version} serves; another one can be tried beside it.`,
      );
    await this.#changes.run(() => this.#putBeside(folder, request));
    return this.options.rollout.state() as RolloutState;
  }

  /** Ends what `startRollout` began; nothing happens if there is none. */
  async endRollout(): Promise<void> {
    this.#assertControlled();
    await this.#changes.run(() => this.#removeBeside());
  }

  rollout(): RolloutState | null {
    return this.options.rollout.state();
  }

  /** The version beside fails: from now on nothing goes to it. */
  rolloutFailed(reason: string): void {
    const version = this.options.slot.beside?.version;
    if (version === undefined) return;
    this.#changes.soon('the version beside could not be removed', async () => {
      if (this.options.slot.beside?.version !== version) return;
      await this.#removeBeside();
      await this.#book.withdrawn(version, reason);
      this.options.onChange?.('rolled_back');
      this.options.log.warn({ version }, `the version beside was taken back: ${reason}`);
    });
  }

  /** Takes the newest version above the one that serves, unless it was refused or taken back as it is. Never rejects. */
  async takeNewest(): Promise<void> {
    // A version that is tried beside is not to be pushed out by the next one.
    if (this.#changes.busy || this.options.slot.beside !== null) return;
    try {
      const folder = await this.#book.newestToTake();
      if (folder !== undefined) await this.#changes.run(() => this.#exchange(folder));
    } catch (error) {
      // What was refused has been logged; what cannot be read may be readable later.
      this.options.log.debug({ error: messageOf(error) }, 'no newer version was taken');
    }
  }

  /** Gives up what is being loaded, and waits for a change that is under way; the slot is to be closed after it. */
  async close(): Promise<void> {
    this.#taker.abandon();
    clearTimeout(this.#trialEnds);
    this.trial.end();
    this.options.rollout.end();
    await this.#changes.close();
  }

  get #serving(): number {
    return this.options.slot.model.version;
  }

  #stateNow(version: number): VersionState | undefined {
    if (version === this.options.slot.beside?.version) return this.options.rollout.state()?.mode ?? 'loading';
    return version === this.#taker.loading ? 'loading' : undefined;
  }

  /** What is beside is warm and was tried: it only takes the place. */
  async #exchange(folder: VersionFolder): Promise<void> {
    const { slot, rollout } = this.options;
    if (slot.beside?.version !== folder.version)
      return await this.#taker.take(folder, (pool) => this.#served(slot.model, () => slot.serve(pool)));
    rollout.end();
    this.#served(slot.model, () => slot.promote());
  }

  async #putBeside(folder: VersionFolder, request: RolloutRequest): Promise<void> {
    const { slot, rollout, log } = this.options;
    await this.#taker.take(folder, (pool) => {
      slot.putBeside(pool);
      rollout.begin(folder.version, request);
    });
    log.info(
      { ...request, version: folder.version, serving: this.#serving },
      'another version is tried beside',
    );
  }

  async #removeBeside(): Promise<void> {
    this.options.rollout.end();
    await this.options.slot.removeBeside();
  }

  /** For one more pool: there are never more than two. */
  async #makeRoom(): Promise<void> {
    await this.#endTrial();
    await this.#removeBeside();
  }

  /** @param exchange puts the next model in the place of `before` */
  #served(before: ModelIdentity, exchange: () => void): void {
    const { slot, limits, log } = this.options;
    exchange();
    this.#before.push(before.version);
    this.trial.begin(slot.model, before);
    this.#trialEnds = setTimeout(
      () => this.#changes.soon('the trial goes on', () => this.#endTrial()),
      limits.trialMs,
    ).unref();
    this.options.onChange?.('loaded');
    const { name, version, runtime, precision } = slot.model;
    log.info({ model: `${name}@${version}`, runtime, precision, before: before.version }, 'model exchanged');
  }

  /** To what stands by, at once; else to the version that served before, read again. */
  async #goBack(reason: string): Promise<void> {
    const from = this.options.slot.model;
    const to = this.#before.at(-1);
    if (to === undefined)
      throw new StreamInferError(
        'MODEL_REFUSED',
        `No version has served before ${from.version}, which serves on.`,
      );
    clearTimeout(this.#trialEnds);
    this.trial.end();
    if (this.options.slot.standby === null) await this.#reload(to);
    else await this.options.slot.rollBack();
    this.#before.pop();
    await this.#book.withdrawn(from.version, reason);
    this.options.onChange?.('rolled_back');
    this.options.log.warn({ from: from.version, to }, `model rolled back: ${reason}`);
  }

  async #reload(version: number): Promise<void> {
    const { slot } = this.options;
    await this.#taker.takeAgain(await this.#book.folder(version), (pool) => slot.serve(pool));
    await slot.endTrial();
  }

  #failTrial(reason: string): void {
    const failed = this.#serving;
    this.#changes.soon('the model could not be rolled back', async () => {
      // Another one may have taken its place meanwhile.
      if (this.#serving === failed) await this.#goBack(reason);
    });
  }

  async #endTrial(): Promise<void> {
    clearTimeout(this.#trialEnds);
    this.trial.end();
    await this.options.slot.endTrial();
  }

  #assertControlled(): void {
    if (this.control !== 'none') return;
    throw new StreamInferError(
      'MODEL_REFUSED',
      'The model of this process is fixed; start it with --model-control explicit (or poll) to exchange it',
    );
  }
}
