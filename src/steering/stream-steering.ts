import { StreamInferError, messageOf } from '../core/errors';
import type { Log, MessageSource } from '../core/ports';
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

/** Parts of the running process that operators change. */
export interface SteeredStream {
  readonly pipeline: Pick<Pipeline, 'intake' | 'inFlight'>;
  readonly source: Pick<MessageSource, 'pausing'>;
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
  readonly log: Log;
}

/** Changes to a running stream by operators. Each one is in the audit log. */
export class StreamSteering {
  #pause: StreamPause | null = null;
  #draining = false;

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

  /** Finishes the messages in flight and ends the process, as a stop signal does. Cannot be undone. */
  drain(operator: Operator): SteeringState {
    return this.#change('drain', operator, '', () => {
      this.#draining = true;
      this.options.drain();
      return 'drain started';
    });
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
    const { audit, log } = this.options;
    const stream = this.#steered();
    const entry = audit.begin({ action, ...operator, detail });
    try {
      const result = change(stream);
      audit.end(entry, 'done', result);
      const { by, via, reason } = operator;
      log.info(
        { action, by, via, ...(reason !== '' && { reason }), result },
        'an operator changed the stream',
      );
    } catch (error) {
      audit.end(entry, 'failed', messageOf(error));
      throw error;
    }
    return this.state();
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

function toText(rate: number | null): string {
  return rate === null ? 'no limit' : `${rate} images/s`;
}
