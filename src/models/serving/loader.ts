import { StreamInferError } from '../../core/errors';
import type { ModelScore } from '../../core/model-version';
import type { Log } from '../../core/ports';
import type { InferencePool } from '../../inference/pool';
import type { ModelFiles, VersionFolder } from '../files';
import { assertAsGood, assertFits, compare, type GateLimits, type HeldOut } from './gates';
import type { VersionRegistry } from './registry';
import type { ModelRouter } from './router';

export interface LoaderOptions {
  readonly router: ModelRouter;
  readonly read: (dir: string) => Promise<ModelFiles>;
  /** Starts a warm pool with the usual number of workers; if `signal` aborts, it rejects and leaves nothing running. */
  readonly start: (files: ModelFiles, signal: AbortSignal) => Promise<InferencePool>;
  readonly heldOut: () => Promise<HeldOut>;
  readonly limits: GateLimits;
  /** Throws for a model that the configuration does not fit: a rule could never fire. */
  readonly assertConfigured?: ((files: ModelFiles) => void) | undefined;
  readonly log: Log;
  /** Closes every pool except the active one: at most two pools are open. */
  readonly makeRoom: () => Promise<void>;
  /** A version was refused; the registry has the reason. */
  readonly onRefused: () => void;
}

/** Hands a warm pool to the router; the pool is closed if this throws. */
type Use = (pool: InferencePool) => void | Promise<void>;

/** Turns a version's folder into a warm pool, or records the reason for its refusal. Calls must not overlap. */
export class VersionLoader {
  readonly #abort = new AbortController();

  constructor(
    private readonly options: LoaderOptions,
    private readonly registry: VersionRegistry,
  ) {}

  /** Loads a version that passes all gates. Rejects with MODEL_REFUSED, or with NOT_READY after `abort`. */
  async load(folder: VersionFolder, use: Use): Promise<void> {
    let score: ModelScore | null = null;
    try {
      await this.#start(folder, async (pool) => {
        const { heldOut, router, limits } = this.options;
        const comparison = await compare(router, pool, await heldOut(), limits.maxSlowdown);
        score = comparison.candidate;
        assertAsGood(comparison, limits);
        await this.#useIfRunning(pool, use);
      });
    } catch (error) {
      throw this.#refuse(folder, error, score);
    }
    this.registry.accepted(folder.version, score);
  }

  /** Loads a version that was active before: files and golden vectors are checked, nothing is compared. Rejects as `load`. */
  async reload(folder: VersionFolder, use: Use): Promise<void> {
    try {
      await this.#start(folder, (pool) => this.#useIfRunning(pool, use));
    } catch (error) {
      throw this.#refuse(folder, error, null);
    }
  }

  /** Aborts the load in progress and all later ones. */
  abort(): void {
    this.#abort.abort();
  }

  /** Starts the pool and runs `work`; the pool is closed if that throws, and at once on `abort`. */
  async #start(folder: VersionFolder, work: (pool: InferencePool) => Promise<void>): Promise<void> {
    this.registry.loading = folder.version;
    try {
      const pool = await this.#startPool(folder);
      await this.#closeOnFailure(pool, work);
    } finally {
      this.registry.loading = null;
    }
  }

  async #startPool({ dir, version }: VersionFolder): Promise<InferencePool> {
    const { router, read, start, assertConfigured, makeRoom } = this.options;
    const files = await read(dir);
    assertFits(files, { name: router.model.name, version, shape: router.shape });
    assertConfigured?.(files);
    await makeRoom();
    return await start(files, this.#abort.signal);
  }

  async #closeOnFailure(pool: InferencePool, work: (pool: InferencePool) => Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    const close = () => void pool.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      await work(pool);
    } catch (error) {
      await pool.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #useIfRunning(pool: InferencePool, use: Use): Promise<void> {
    if (this.#abort.signal.aborted) throw stopping();
    await use(pool);
  }

  #refuse(folder: VersionFolder, error: unknown, score: ModelScore | null): StreamInferError {
    if (this.#abort.signal.aborted) return stopping(error);
    const { router, log, onRefused } = this.options;
    const { code, message } = StreamInferError.from(error);
    const reason = code === 'MODEL_REFUSED' ? message : `${code}: ${message}`;
    this.registry.refused(folder, reason, score);
    onRefused();
    const { name, version: active } = router.model;
    const refusal = `${name}@${folder.version} is refused: ${reason}`;
    log.warn({ version: folder.version, active, reason }, 'model version refused; the active one stays');
    return new StreamInferError('MODEL_REFUSED', `${refusal}; version ${active} stays active`, {
      cause: error,
    });
  }
}

function stopping(cause?: unknown): StreamInferError {
  return new StreamInferError('NOT_READY', 'the process is stopping', { cause });
}
