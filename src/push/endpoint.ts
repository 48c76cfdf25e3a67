import type { IncomingHttpHeaders } from 'node:http';
import { deadline } from '../core/async/deadline';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import type { PushService } from '../http/services';
import { toPushedDelivery } from './message';
import type { PushSource } from './source';
import type { TokenVerifier } from './token-verifier';

/** Longest ack deadline of Pub/Sub, ms: no client waits for longer. */
const LONGEST_WAIT_MS = 600_000;
/** Between two reports of refused tokens, ms. */
const QUIET_MS = 10_000;

interface PushEndpointOptions {
  readonly source: PushSource;
  /** null if tokens are not verified. */
  readonly verifier: TokenVerifier | null;
  readonly topic: string;
  readonly limits: { readonly messages: number; readonly bytes: number };
  /** Why no message can be taken now; null if one can, or if the process is starting without a problem. */
  readonly refusal: () => string | null;
  readonly log: Log;
}

/** Takes pushed messages from HTTP and hands them to the source, within the limits of what may be in flight. */
export class PushEndpoint implements PushService {
  #messages = 0;
  #bytes = 0;
  #reportedAt = -Infinity;

  constructor(private readonly options: PushEndpointOptions) {}

  get verifiesTokens(): boolean {
    return this.options.verifier !== null;
  }

  async authenticate(authorization: string | undefined): Promise<void> {
    try {
      await this.options.verifier?.verify(authorization);
    } catch (error) {
      this.#report(StreamInferError.from(error).message);
      throw error;
    }
  }

  admit(bytes: number): () => void {
    const { limits } = this.options;
    const reason = this.#refusal();
    if (reason !== null) throw new StreamInferError('NOT_READY', `no message can be taken now: ${reason}`);
    // A message above the limit passes while nothing else is in flight, or it would never be delivered.
    const isFull = this.#messages >= limits.messages || this.#bytes + bytes > limits.bytes;
    if (isFull && this.#messages > 0)
      throw new StreamInferError('OVERLOADED', 'too many messages are in flight; push this one again later');
    this.#messages++;
    this.#bytes += bytes;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#messages--;
      this.#bytes -= bytes;
    };
  }

  async deliver(headers: IncomingHttpHeaders, body: Buffer, signal: AbortSignal): Promise<void> {
    const delivery = toPushedDelivery({ headers, body }, this.options.topic);
    const ending = deadline(LONGEST_WAIT_MS, signal);
    const result = await this.options.source.offer(delivery, ending);
    if (result === 'settled') return;
    const reason = this.#refusal() ?? 'its outcome was not confirmed in time';
    throw new StreamInferError('NOT_READY', `the message was not settled: ${reason}; push it again`);
  }

  #refusal(): string | null {
    const { source, refusal } = this.options;
    return refusal() ?? (source.isPaused ? 'an operator paused the stream' : null);
  }

  #report(reason: string): void {
    const now = performance.now();
    if (now - this.#reportedAt < QUIET_MS) return;
    this.#reportedAt = now;
    this.options.log.warn({ reason }, 'refused a push; Pub/Sub will repeat it');
  }
}
