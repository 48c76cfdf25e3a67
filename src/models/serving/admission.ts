import type { ModelScore } from '../../core/model-version';
import type { ModelFiles, VersionFolder } from '../files';
import type { InferencePool } from '../../inference/pool';
import { assertAsGood, assertFits, compare, type GateLimits, type HeldOut } from './gates';
import type { ModelSlot } from './model-slot';

export interface AdmissionOptions {
  readonly slot: ModelSlot;
  readonly read: (dir: string) => Promise<ModelFiles>;
  /** Loads and warms a model in as many workers as serve; rejects, with nothing left running, when `signal` aborts. */
  readonly start: (files: ModelFiles, signal: AbortSignal) => Promise<InferencePool>;
  readonly heldOut: () => Promise<HeldOut>;
  readonly limits: GateLimits;
}

export interface Circumstances {
  /** Ends every other pool but the one that serves: there are never more than two. */
  readonly makeRoom: () => Promise<void>;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** From a version's folder to a warm pool that may take the place of the one that serves, or the reason why not. */
export class Admission {
  constructor(private readonly options: AdmissionOptions) {}

  /** @param measured told before the version is taken or refused for it */
  async startAsGood(
    folder: VersionFolder,
    { measured, ...circumstances }: Circumstances & { readonly measured: (score: ModelScore) => void },
  ): Promise<InferencePool> {
    const { slot, heldOut, limits } = this.options;
    const { signal } = circumstances;
    const pool = await this.startAgain(folder, circumstances);
    const close = () => void pool.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      const comparison = await compare(slot, pool, await heldOut(), limits.maxSlowdown);
      measured(comparison.next);
      assertAsGood(comparison, limits);
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  /** For one that has served before: files and golden vectors are checked as at any start, and nothing is compared. */
  async startAgain(
    { dir, version }: VersionFolder,
    { makeRoom, signal }: Circumstances,
  ): Promise<InferencePool> {
    const { slot, read, start } = this.options;
    const files = await read(dir);
    assertFits(files, { name: slot.model.name, version, shape: slot.shape });
    await makeRoom();
    return await start(files, signal);
  }
}
