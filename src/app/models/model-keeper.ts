import { StreamInferError, messageOf } from '../../core/errors';
import type { ModelShape } from '../../core/model-shape';
import type { ModelControl, ModelScore, ModelVersion } from '../../core/model-version';
import type { Log } from '../../core/ports';
import type { ModelsService } from '../../http/services';
import type { ModelFiles, VersionFolder } from '../../inference/model-files';
import type { InferencePool } from '../../inference/pool';
import { assertAsGood, assertFits, compare, type GateLimits, type HeldOut } from '../../inference/slot/gates';
import type { ModelSlot } from '../../inference/slot/model-slot';
import { Trial } from './trial';
import { VersionBook } from './version-book';

export type ModelChange = 'loaded' | 'refused' | 'rolled_back';

export interface KeeperOptions {
  readonly control: ModelControl;
  readonly slot: ModelSlot;
  /** The version folders of the model that serves; none for a model that stands alone. */
  readonly folders: () => Promise<readonly VersionFolder[]>;
  readonly read: (dir: string) => Promise<ModelFiles>;
  /** Loads and warms a model in as many workers as serve. */
  readonly start: (files: ModelFiles) => Promise<InferencePool>;
  readonly heldOut: () => Promise<HeldOut>;
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
  /** Versions that served before, the latest last. */
  readonly #before: number[] = [];
  #change: Promise<unknown> | null = null;
  #loading: number | null = null;
  #trialEnds: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly options: KeeperOptions) {
    this.control = options.control;
    this.#book = new VersionBook(options.slot, options.folders, () => this.#loading);
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
    if (folder.version !== before) await this.#exclusively(() => this.#take(folder));
    // Else a poll would bring it back at once.
    if (folder.version < before) await this.#book.withdrawn(before, `Version ${folder.version} was loaded by a call.`);
    return await this.#book.version(folder.version);
  }

  /** Goes back from this version, or from the one that serves, to the one before. Resolves with what serves then. */
  async unload(version = this.#serving): Promise<ModelVersion> {
    this.#assertControlled();
    if (version === this.options.slot.standby?.version) await this.#exclusively(() => this.#endTrial());
    else if (version === this.#serving) await this.#exclusively(() => this.#goBack('It was unloaded by a call.'));
    else throw new StreamInferError('NOT_FOUND', `Version ${version} is not loaded; ${this.#serving} is.`);
    return await this.#book.version(this.#serving);
  }

  /** Takes the newest version above the one that serves, unless it was refused or taken back as it is. Never rejects. */
  async takeNewest(): Promise<void> {
    if (this.#change !== null || this.#closed) return;
    try {
      const folder = await this.#book.newestToTake();
      if (folder !== undefined) await this.#exclusively(() => this.#take(folder));
    } catch (error) {
      // What was refused has been logged; what cannot be read may be readable later.
      this.options.log.debug({ error: messageOf(error) }, 'no newer version was taken');
    }
  }

  /** Waits for a change that is under way; the slot is to be closed after it. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#trialEnds);
    this.trial.end();
    await this.#change?.catch(() => undefined);
  }

  get #serving(): number {
    return this.options.slot.model.version;
  }

  async #take(folder: VersionFolder): Promise<void> {
    this.#loading = folder.version;
    let score: ModelScore | null = null;
    try {
      const pool = await this.#startAsGood(folder, (measured) => (score = measured));
      this.#serve(pool, score);
    } catch (error) {
      throw this.#refuse(folder, error, score);
    } finally {
      this.#loading = null;
    }
  }

  async #startAsGood(folder: VersionFolder, measured: (score: ModelScore) => void): Promise<InferencePool> {
    const { slot, heldOut, limits } = this.options;
    const files = await this.#readFitting(folder);
    // Before the new one starts: never more than two pools at once.
    await this.#endTrial();
    const pool = await this.options.start(files);
    try {
      const comparison = await compare(slot, pool, await heldOut());
      measured(comparison.next);
      assertAsGood(comparison, limits);
      this.#assertOpen();
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  async #readFitting({ dir, version }: VersionFolder): Promise<ModelFiles> {
    const { name } = this.options.slot.model;
    const shape: ModelShape = this.options.slot.shape;
    const files = await this.options.read(dir);
    assertFits(files, { name, version, shape });
    return files;
  }

  #serve(pool: InferencePool, score: ModelScore | null): void {
    const { slot, limits, log } = this.options;
    const before = slot.model;
    slot.serve(pool);
    this.#before.push(before.version);
    this.#book.taken(pool.model.version, score);
    this.trial.begin(pool.model, before);
    this.#trialEnds = setTimeout(() => this.#trialOver(), limits.trialMs).unref();
    this.options.onChange?.('loaded');
    const { name, version, runtime } = pool.model;
    log.info({ model: `${name}@${version}`, runtime, before: before.version, score }, 'model exchanged');
  }

  #refuse(folder: VersionFolder, error: unknown, score: ModelScore | null): StreamInferError {
    const { slot, log, onChange } = this.options;
    if (this.#closed) return new StreamInferError('NOT_READY', 'The process is stopping.', { cause: error });
    const { code, message } = StreamInferError.from(error);
    const reason = code === 'MODEL_REFUSED' ? message : `${code}: ${message}`;
    this.#book.refused(folder, reason, score);
    onChange?.('refused');
    const detail = `${slot.model.name}@${folder.version} is not taken: ${reason}`;
    log.warn({ version: folder.version, serving: this.#serving }, detail);
    return new StreamInferError('MODEL_REFUSED', `${detail}. Version ${this.#serving} serves on.`, {
      cause: error,
    });
  }

  /** To what stands by, at once; else to the version that served before, read again. */
  async #goBack(reason: string): Promise<void> {
    const from = this.options.slot.model;
    const to = this.#before.at(-1);
    if (to === undefined)
      throw new StreamInferError('MODEL_REFUSED', `No version has served before ${from.version}, which serves on.`);
    clearTimeout(this.#trialEnds);
    this.trial.end();
    if (this.options.slot.standby === null) await this.#reload(to);
    else await this.options.slot.rollBack();
    this.#before.pop();
    await this.#book.withdrawn(from.version, reason);
    this.options.onChange?.('rolled_back');
    this.options.log.warn({ from: from.version, to }, `model rolled back: ${reason}`);
  }

  /** It has served before: files and golden vectors are checked as at any start, and nothing is compared. */
  async #reload(version: number): Promise<void> {
    const folder = await this.#book.folder(version);
    this.#loading = version;
    try {
      this.options.slot.serve(await this.options.start(await this.#readFitting(folder)));
      await this.options.slot.endTrial();
    } catch (error) {
      throw this.#refuse(folder, error, null);
    } finally {
      this.#loading = null;
    }
  }

  #failTrial(reason: string): void {
    // Whatever is under way ends first: a change of the model on trial cannot be one, that would have ended the trial.
    void this.#afterChange()
      .then(() => this.#exclusively(() => this.#goBack(reason)))
      .catch((error: unknown) =>
        this.options.log.error({ error: messageOf(error) }, 'the model could not be rolled back'),
      );
  }

  #trialOver(): void {
    void this.#afterChange()
      .then(() => this.#exclusively(() => this.#endTrial()))
      .catch((error: unknown) => this.options.log.warn({ error: messageOf(error) }, 'the trial goes on'));
  }

  async #endTrial(): Promise<void> {
    clearTimeout(this.#trialEnds);
    this.trial.end();
    await this.options.slot.endTrial();
  }

  async #afterChange(): Promise<void> {
    while (this.#change !== null) await this.#change.catch(() => undefined);
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.#assertOpen();
    if (this.#change !== null)
      throw new StreamInferError('MODEL_BUSY', 'The model is being exchanged already; try again shortly.');
    const change = work();
    this.#change = change;
    try {
      await change;
    } finally {
      this.#change = null;
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'The process is stopping.');
  }

  #assertControlled(): void {
    if (this.control !== 'none') return;
    throw new StreamInferError(
      'MODEL_REFUSED',
      'The model of this process is fixed; start it with --model-control explicit (or poll) to exchange it',
    );
  }
}
