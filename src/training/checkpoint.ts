import { access, constants, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { StreamInferError } from '../core/errors';
import type { EpochReport } from './epoch';
import type { OptimizerState } from './optimizer';
import type { AverageState, BestWeights, WeightValues } from './weights';

/** The state of a training after a complete epoch. */
export interface TrainingState {
  readonly reports: readonly EpochReport[];
  /** State of the random generator. */
  readonly random: number;
  readonly weights: WeightValues;
  readonly best: BestWeights;
  readonly average: AverageState | undefined;
  readonly optimizer: OptimizerState;
}

/**
 * A file to resume a training after its process ended. Its `identity` holds every option that affects the
 * result, so it belongs to one training. It uses Node's serializer and is for this program only.
 */
export class Checkpoint {
  constructor(
    private readonly file: string,
    private readonly identity: string,
  ) {}

  /**
   * Undefined if there is no file. Rejects with USAGE for a checkpoint of another training. Rejects with
   * FILE_UNREADABLE for another file or an unwritable folder, before the first epoch.
   */
  async read(): Promise<TrainingState | undefined> {
    const bytes = await this.#bytes();
    if (!bytes) {
      await this.#assertWritable();
      return undefined;
    }
    const { identity, state } = parse(bytes, this.file);
    if (identity === this.identity) return state;
    throw new StreamInferError(
      'USAGE',
      `${this.file} belongs to another training (${identity}); this one is ${this.identity}`,
    );
  }

  /** Rejects with FILE_UNREADABLE; the previous file stays until the new one is complete. */
  async write(state: TrainingState): Promise<void> {
    const next = `${this.file}.new`;
    try {
      const handle = await open(next, 'w');
      try {
        await handle.writeFile(serialize({ identity: this.identity, state }));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(next, this.file);
    } catch (error) {
      // Report the first error; the cleanup may fail for the same reason.
      await rm(next, { force: true }).catch(() => undefined);
      throw StreamInferError.from(error, 'FILE_UNREADABLE', `cannot write the checkpoint ${this.file}: `);
    }
  }

  /** Deletes the file at the end of the training. */
  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }

  async #assertWritable(): Promise<void> {
    try {
      await access(path.dirname(path.resolve(this.file)), constants.W_OK);
    } catch (error) {
      throw StreamInferError.from(error, 'FILE_UNREADABLE', `cannot write the checkpoint ${this.file}: `);
    }
  }

  async #bytes(): Promise<Buffer | undefined> {
    try {
      return await readFile(this.file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw StreamInferError.from(error, 'FILE_UNREADABLE', `cannot read the checkpoint ${this.file}: `);
    }
  }
}

function parse(bytes: Buffer, file: string): { identity: string; state: TrainingState } {
  try {
    const parsed = deserialize(bytes) as { identity?: unknown; state?: unknown } | null;
    if (typeof parsed?.identity === 'string' && parsed.state)
      return { identity: parsed.identity, state: parsed.state as TrainingState };
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `${file} is not a checkpoint: `);
  }
  throw new StreamInferError('FILE_UNREADABLE', `${file} is not a checkpoint`);
}
