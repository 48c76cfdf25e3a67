import { StreamInferError } from '../../core/errors';
import type { ModelScore } from '../../core/model-version';
import type { Log } from '../../core/ports';
import type { VersionFolder } from '../files';
import type { InferencePool } from '../../inference/pool';
import { Admission, type AdmissionOptions } from './admission';
import type { VersionBook } from './version-book';

export interface TakerOptions extends AdmissionOptions {
  readonly log: Log;
  /** A version was not taken, and the book says why. */
  readonly onRefused: () => void;
  /** Ends every other pool but the one that serves: there are never more than two. */
  readonly makeRoom: () => Promise<void>;
}

/** Puts a warm pool where it is wanted; it is closed if this throws. */
type Use = (pool: InferencePool) => void | Promise<void>;

/** Loads a version and hands it over, or notes down why not. One at a time, which the caller sees to. */
export class VersionTaker {
  readonly #admission: Admission;
  readonly #abandon = new AbortController();
  #loading: number | null = null;

  constructor(
    private readonly options: TakerOptions,
    private readonly book: VersionBook,
  ) {
    this.#admission = new Admission(options);
  }

  /** The version that is on its way. */
  get loading(): number | null {
    return this.#loading;
  }

  /** One that has to pass everything. Rejects with MODEL_REFUSED, or NOT_READY after `abandon`. */
  async take(folder: VersionFolder, use: Use): Promise<void> {
    let score: ModelScore | null = null;
    const start = () =>
      this.#admission.startAsGood(folder, {
        ...this.#circumstances,
        measured: (measured) => (score = measured),
      });
    await this.#load(folder, start, use, () => score);
    this.book.taken(folder.version, score);
  }

  /** One that has served before. Rejects as `take` does. */
  async takeAgain(folder: VersionFolder, use: Use): Promise<void> {
    const start = () => this.#admission.startAgain(folder, this.#circumstances);
    await this.#load(folder, start, use, () => null);
  }

  /** Gives up what is being loaded, and everything that comes. */
  abandon(): void {
    this.#abandon.abort();
  }

  get #circumstances() {
    return { makeRoom: this.options.makeRoom, signal: this.#abandon.signal };
  }

  async #load(
    folder: VersionFolder,
    start: () => Promise<InferencePool>,
    use: Use,
    score: () => ModelScore | null,
  ): Promise<void> {
    this.#loading = folder.version;
    try {
      await this.#useOrClose(await start(), use);
    } catch (error) {
      throw this.#refuse(folder, error, score());
    } finally {
      this.#loading = null;
    }
  }

  async #useOrClose(pool: InferencePool, use: Use): Promise<void> {
    try {
      this.#assertWanted();
      await use(pool);
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  #refuse(folder: VersionFolder, error: unknown, score: ModelScore | null): StreamInferError {
    if (this.#abandon.signal.aborted) return stopping(error);
    const { slot, log, onRefused } = this.options;
    const { code, message } = StreamInferError.from(error);
    const reason = code === 'MODEL_REFUSED' ? message : `${code}: ${message}`;
    this.book.refused(folder, reason, score);
    onRefused();
    const { name, version: serving } = slot.model;
    const detail = `${name}@${folder.version} is not taken: ${reason}`;
    log.warn({ version: folder.version, serving }, detail);
    const sentence = detail.endsWith('.') ? detail : `${detail}.`;
    return new StreamInferError('MODEL_REFUSED', `${sentence} Version ${serving} serves on.`, {
      cause: error,
    });
  }

  #assertWanted(): void {
    if (this.#abandon.signal.aborted) throw stopping();
  }
}

function stopping(cause?: unknown): StreamInferError {
  return new StreamInferError('NOT_READY', 'The process is stopping.', { cause });
}
