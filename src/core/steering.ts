/** Origin of a request that changes the stream. */
export const OPERATOR_CHANNELS = ['page', 'api', 'ctl'] as const;
export type OperatorChannel = (typeof OPERATOR_CHANNELS)[number];

/** Who changes the stream, as the request claims: the program has no accounts of its own. */
export interface Operator {
  readonly by: string;
  readonly via: OperatorChannel;
  /** Network address of the client; null without a client. */
  readonly address: string | null;
  /** Empty if not given. */
  readonly reason: string;
}

/** Changes of a running stream. */
export const STEERING_ACTIONS = ['pause', 'resume', 'rate', 'workers', 'seek', 'drain'] as const;
export type SteeringAction = (typeof STEERING_ACTIONS)[number];

/** Changes of labels and of the model by their means, for the audit log. */
export const LABEL_ACTIONS = ['label', 'withdraw label', 'retrain', 'cancel retraining'] as const;

/** Everything that an audit log records. */
export const AUDITED_ACTIONS = [...STEERING_ACTIONS, ...LABEL_ACTIONS] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

/** A pause by an operator. */
export interface StreamPause {
  readonly by: string;
  readonly via: OperatorChannel;
  /** Empty if not given. */
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
}

export const STREAM_STATES = ['starting', 'running', 'paused', 'draining'] as const;
export type StreamState = (typeof STREAM_STATES)[number];

/** Number of worker threads. */
export interface WorkersState {
  readonly now: number;
  readonly most: number;
  /** `auto`: the number follows the utilisation. */
  readonly mode: 'auto' | 'fixed';
}

/** State of the stream of one process, as far as an operator can change it. */
export interface SteeringState {
  readonly state: StreamState;
  /** The pause; null while the stream runs. */
  readonly paused: StreamPause | null;
  /** Largest number of images taken per second; null without a limit. */
  readonly rate: number | null;
  /** Messages taken and not acknowledged yet. */
  readonly inFlight: number;
  /** The position is being moved; nothing is taken meanwhile. */
  readonly seeking: boolean;
  /** null where the number cannot be changed. */
  readonly workers: WorkersState | null;
}

/** One change, or an attempt. */
export interface AuditEntry extends Operator {
  /** Ascending, also over restarts. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly action: AuditedAction;
  /** Requested value, such as a rate; empty for actions without one. */
  readonly detail: string;
  /** `pending`: in progress, or the process died during it. */
  readonly outcome: 'pending' | 'done' | 'failed';
  /** Effect, or the error; empty while pending. */
  readonly result: string;
}

/** Where changes are recorded before they happen. */
export interface AuditTrail {
  /** Throws FILE_UNREADABLE if the change cannot be recorded: then it must not happen. */
  begin(asked: Omit<AuditEntry, 'number' | 'at' | 'outcome' | 'result'>): AuditEntry;
  /** Never throws. */
  end(entry: AuditEntry, outcome: 'done' | 'failed', result: string): void;
  /** Newest first; only entries before that number if it is given. */
  list(limit: number, before?: number): readonly AuditEntry[];
}
