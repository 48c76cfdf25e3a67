import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeout } from '../core/async/timeout';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log, MessageSource } from '../core/ports';
import { describePosition } from '../core/scan-range';
import { describeMoves, type SeekMove, type SeekTarget } from '../core/seek';
import type {
  AuditEntry,
  Operator,
  SteeringAction,
  SteeringState,
  StreamPause,
  StreamState,
} from '../core/steering';
import type { Pipeline } from '../pipeline/pipeline';
import type { AuditLog } from './audit-log';
import { readTarget } from './seek-target';
import type { Workers } from './workers';

/** Parts of the running process that operators change. */
export interface SteeredStream {
  readonly pipeline: Pick<Pipeline, 'intake' | 'inFlight'>;
  readonly source: Pick<MessageSource, 'pausing' | 'seek'>;
}

export interface StreamSteeringOptions {
  readonly audit: AuditLog;
  /** null until the pipeline is started. */
  readonly stream: () => SteeredStream | null;
  readonly isStopping: () => boolean;
  /** Ends the process after a drain. */
  readonly drain: () => void;
  /** Messages to lease at this rate; see `SourcePause.limitLeases`. */
  readonly maxLeased: (rate: number | null) => number;
  readonly workers: Pick<Workers, 'state' | 'set'>;
  /** Time limit of each step of a seek, ms. */
  readonly seekMs?: number;
  readonly log: Log;
}

const SEEK_MS = 30_000;
/** Between two checks whether the stream is quiet, ms. */
const QUIET_POLL_MS = 10;

/** Changes to a running stream by operators. Each one is in the audit log. */
export class StreamSteering {
  #pause: StreamPause | null = null;
  #draining = false;
  #seeking = false;

  constructor(private readonly options: StreamSteeringOptions) {}

  /** The present pause by an operator; null while the stream runs. */
  get paused(): StreamPause | null {
    return this.#pause;
  }

  state(): SteeringState {
    const stream = this.options.stream();
    return {
      state: this.#stateOf(stream),
      paused: this.#pause,
      rate: stream?.pipeline.intake.rate ?? null,
      inFlight: stream?.pipeline.inFlight.messages ?? 0,
      seeking: this.#seeking,
      workers: this.options.workers.state(),
    };
  }

  /** Newest first. */
  history(limit: number, before?: number): readonly AuditEntry[] {
    return this.options.audit.list(limit, before);
  }

  /** Takes nothing more from the broker; messages in flight are finished. The first pause is kept. */
  pause(operator: Operator): SteeringState {
    return this.#change('pause', operator, '', ({ pipeline, source }) => {
      if (this.#pause !== null) return `was paused by ${this.#pause.by} already`;
      const { by, via, reason } = operator;
      this.#pause = { by, via, reason, since: new Date().toISOString() };
      pipeline.intake.hold('operator');
      source.pausing?.pause();
      return 'paused';
    });
  }

  resume(operator: Operator): SteeringState {
    return this.#change('resume', operator, '', ({ pipeline, source }) => {
      if (this.#pause === null) return 'was not paused';
      this.#pause = null;
      source.pausing?.resume();
      pipeline.intake.release('operator');
      return 'resumed';
    });
  }

  /** @param rate images per second; null for no limit */
  setRate(operator: Operator, rate: number | null): SteeringState {
    return this.#change('rate', operator, toText(rate), ({ pipeline, source }) => {
      const before = pipeline.intake.rate;
      pipeline.intake.setRate(rate);
      source.pausing?.limitLeases?.(this.options.maxLeased(rate));
      return `${toText(before)} → ${toText(rate)}`;
    });
  }

  /**
   * Starts or ends worker threads; resolves when their number is reached.
   *
   * @throws (rejects with) BAD_REQUEST, USAGE where it cannot be changed, STEERING_BUSY, or the error of the start
   */
  async setWorkers(operator: Operator, workers: number | 'auto'): Promise<SteeringState> {
    this.#steered();
    const entry = this.options.audit.begin({ action: 'workers', ...operator, detail: String(workers) });
    try {
      const now = await this.options.workers.set(workers);
      this.#ended(
        entry,
        workers === 'auto' ? `${now}, following the utilization` : now === 1 ? '1 worker' : `${now} workers`,
      );
      return this.state();
    } catch (error) {
      this.#failed(entry, error);
      throw error;
    }
  }

  /** Finishes the messages in flight and ends the process, as a stop signal does. Cannot be undone. */
  drain(operator: Operator): SteeringState {
    return this.#change('drain', operator, '', () => {
      this.#draining = true;
      this.options.drain();
      return 'drain started';
    });
  }

  /**
   * Finishes the messages in flight and moves the position; a paused stream stays paused.
   *
   * @throws (rejects with) BAD_REQUEST, USAGE, STEERING_BUSY, TIMEOUT, or the error of the broker
   */
  async seek(
    operator: Operator,
    to: string,
  ): Promise<SteeringState & { readonly moves: readonly SeekMove[] }> {
    const target = readTarget(to);
    const stream = this.#steered();
    if (this.#seeking)
      throw new StreamInferError('STEERING_BUSY', 'another seek is in progress; try again when it has ended');
    const entry = this.options.audit.begin({ action: 'seek', ...operator, detail: describePosition(target) });
    this.#seeking = true;
    try {
      const moves = await this.#move(stream, target);
      this.#ended(entry, describeMoves(moves));
      return { ...this.state(), moves, seeking: false };
    } catch (error) {
      this.#failed(entry, error);
      throw error;
    } finally {
      this.#seeking = false;
    }
  }

  async #move({ pipeline, source }: SteeredStream, target: SeekTarget): Promise<readonly SeekMove[]> {
    if (source.seek === undefined)
      throw new StreamInferError('USAGE', 'the position of this stream cannot be moved');
    const { seekMs = SEEK_MS } = this.options;
    pipeline.intake.hold('seek');
    try {
      await whenQuiet(pipeline, seekMs);
      return await withTimeout(source.seek(target), seekMs, () =>
        tooLate('the broker did not answer', seekMs),
      );
    } finally {
      pipeline.intake.release('seek');
    }
  }

  #stateOf(stream: SteeredStream | null): StreamState {
    if (this.#draining || this.options.isStopping()) return 'draining';
    if (stream === null) return 'starting';
    return this.#pause === null ? 'running' : 'paused';
  }

  /**
   * @param change returns its effect, for the audit log
   * @throws NOT_READY before the start and during a drain, FILE_UNREADABLE if it cannot be recorded
   */
  #change(
    action: SteeringAction,
    operator: Operator,
    detail: string,
    change: (stream: SteeredStream) => string,
  ): SteeringState {
    const stream = this.#steered();
    const entry = this.options.audit.begin({ action, ...operator, detail });
    try {
      this.#ended(entry, change(stream));
    } catch (error) {
      this.#failed(entry, error);
      throw error;
    }
    return this.state();
  }

  #ended(entry: AuditEntry, result: string): void {
    const { action, by, via, reason } = entry;
    this.options.audit.end(entry, 'done', result);
    this.options.log.info(
      { action, by, via, ...(reason !== '' && { reason }), result },
      'an operator changed the stream',
    );
  }

  #failed(entry: AuditEntry, error: unknown): void {
    const { action, by, via } = entry;
    this.options.audit.end(entry, 'failed', messageOf(error));
    this.options.log.warn({ action, by, via, error: messageOf(error) }, 'a change of the stream failed');
  }

  #steered(): SteeredStream {
    const stream = this.options.stream();
    const state = this.#stateOf(stream);
    if (state === 'draining')
      throw new StreamInferError('NOT_READY', 'the stream is being drained, which cannot be changed');
    if (stream === null)
      throw new StreamInferError('NOT_READY', 'the stream has not started yet; try again shortly');
    return stream;
  }
}

/** Resolves when nothing is received and nothing is in flight. */
async function whenQuiet(pipeline: SteeredStream['pipeline'], ms: number): Promise<void> {
  const until = performance.now() + ms;
  // Read each time: both change.
  while (!pipeline.intake.quiet || pipeline.inFlight.messages > 0) {
    if (performance.now() > until)
      throw tooLate('nothing was changed: the messages in flight were not finished', ms);
    await sleep(QUIET_POLL_MS);
  }
}

function tooLate(what: string, ms: number): StreamInferError {
  return new StreamInferError('TIMEOUT', `${what} within ${ms / 1_000} s; check the lag and try again`);
}

function toText(rate: number | null): string {
  return rate === null ? 'no limit' : `${rate} images/s`;
}
