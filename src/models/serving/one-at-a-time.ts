import { StreamInferError, messageOf } from '../../core/errors';
import type { Log } from '../../core/ports';

/** Changes that exclude each other. */
export class OneAtATime {
  #change: Promise<unknown> | null = null;
  #closed = false;

  constructor(private readonly log: Log) {}

  get busy(): boolean {
    return this.#change !== null;
  }

  /** Rejects with MODEL_BUSY while another change is under way, and with NOT_READY after `close`. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'The process is stopping.');
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

  /** After the change that is under way; what goes wrong is logged with `problem`. */
  soon(problem: string, work: () => Promise<void>): void {
    const inTurn = async (): Promise<void> => {
      while (this.#change !== null) await this.#change.catch(() => undefined);
      if (!this.#closed) await this.run(work);
    };
    inTurn().catch((error: unknown) => this.log.error({ error: messageOf(error) }, problem));
  }

  /** Waits for the change that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#change?.catch(() => undefined);
  }
}
