import { aboutMessage } from '../core/about-message';
import { messageOf } from '../core/errors';
import type { Delivery } from '../core/message';
import type { BatchResult, CrashJournal, PackedBatch } from '../core/classification';
import type { Log } from '../core/ports';
import type { Rejection } from '../core/prediction';
import type { CrashRecords } from './crash-records';
import type { Death, Quarantine } from './quarantine';

/** Where a run keeps the batches that are with its workers, so that they outlive a crash. Methods may throw. */
export interface BatchSlots {
  /** The slot that now holds the source ids; undefined if they are too many. */
  put(sourceIds: readonly string[]): number | undefined;
  clear(slot: number): void;
  /** Nothing is left behind: it would count as a crash of its images. */
  remove(): void;
}

export interface RecordedJournalOptions {
  /** Of earlier runs. */
  readonly crashes: CrashRecords;
  /** Of this run. */
  readonly slots: BatchSlots;
  readonly quarantine: Pick<Quarantine, 'classify' | 'close'>;
  readonly log: Log;
}

/** A single crash may be an operator's SIGKILL, which says nothing about the images in flight. */
const SUSPECTED_FROM = 2;

const NOOP = (): void => undefined;

/** Suspects images by the recorded crashes. It is best-effort: a failed write disables it with one warning. */
export class RecordedJournal implements CrashJournal {
  #slots: BatchSlots | undefined;

  constructor(private readonly options: RecordedJournalOptions) {
    this.#slots = options.slots;
    this.#logSuspects();
  }

  begin(sourceIds: readonly string[]): () => void {
    if (sourceIds.length === 0) return NOOP;
    const slot = this.#attempt((slots) => slots.put(sourceIds));
    return () => {
      this.#attempt((slots) => {
        if (slot !== undefined) slots.clear(slot);
        this.options.crashes.release(sourceIds);
      });
    };
  }

  isSuspected(delivery: Pick<Delivery, 'sourceId'>): boolean {
    const { crashes } = this.options;
    // Usually there is no crash, and reading `sourceId` builds a string.
    return !crashes.empty && crashes.crashCount(delivery.sourceId) >= SUSPECTED_FROM;
  }

  async classifyAlone(
    message: Pick<Delivery, 'sourceId' | 'headers'>,
    image: PackedBatch,
  ): Promise<BatchResult> {
    const { sourceId } = message;
    const { crashes, quarantine, log } = this.options;
    const runs = crashes.crashCount(sourceId);
    const outcome = await quarantine.classify(image);
    // The image stays suspected, because its dead letter is not confirmed yet.
    if ('kind' in outcome) return this.#confirm(message, runs, outcome);
    log.debug({ ...aboutMessage(message), runs }, 'quarantined image classified successfully; released');
    this.#attempt(() => crashes.release([sourceId]));
    return outcome;
  }

  /** An orderly shutdown removes the journal, whatever it contains. */
  async close(): Promise<void> {
    this.#remove();
    await this.options.quarantine.close();
  }

  #confirm(suspect: Pick<Delivery, 'sourceId' | 'headers'>, runs: number, { how }: Death): BatchResult {
    const message = `The process crashed in ${runs} runs while a worker had this image; a child process with this image alone ${how}.`;
    this.options.log.error(
      { code: 'PROCESS_CRASH', ...aboutMessage(suspect), runs, error: message },
      'an image crashes the process; rejecting it',
    );
    const rejection: Rejection = { code: 'PROCESS_CRASH', message, stage: 'inference', attempts: runs + 1 };
    return {
      probabilities: new Float32Array(0),
      failures: new Map([[0, rejection]]),
      decoded: new Map(),
      inferenceMs: 0,
    };
  }

  #attempt<T>(use: (slots: BatchSlots) => T): T | undefined {
    if (this.#slots === undefined) return undefined;
    try {
      return use(this.#slots);
    } catch (error) {
      warnDisabled(this.options.log, error);
      this.#remove();
      return undefined;
    }
  }

  #remove(): void {
    const slots = this.#slots;
    this.#slots = undefined;
    try {
      slots?.remove();
    } catch (error) {
      this.options.log.warn(
        { error: messageOf(error) },
        'cannot remove the crash journal; delete it by hand',
      );
    }
  }

  #logSuspects(): void {
    const { crashes, log } = this.options;
    if (crashes.size === 0) return;
    const suspects = crashes.countFrom(SUSPECTED_FROM);
    log.warn(
      { runs: crashes.size, suspects },
      'earlier runs crashed with images in their workers; repeated ones are quarantined in a child process',
    );
  }
}

export function warnDisabled(log: Log, error: unknown): void {
  log.warn(
    { error: messageOf(error) },
    'cannot write the crash journal; it is off, and crashing images are not detected',
  );
}
