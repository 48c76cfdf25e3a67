export interface PermitLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Bounds what is in flight, in messages and in bytes. Since the size of a message is known only once it has come, the
 * bytes may overshoot by one `receive`; `room()` keeps that small by the size that messages had lately.
 */
export class Permits {
  #messages = 0;
  #bytes = 0;
  #typicalBytes = 1024;

  constructor(private readonly limits: PermitLimits) {}

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many further messages may be taken now. */
  room(): number {
    const bytesLeft = this.limits.bytes - this.#bytes;
    if (bytesLeft <= 0) return 0;
    const byBytes = Math.max(1, Math.floor(bytesLeft / this.#typicalBytes));
    return Math.max(0, Math.min(this.limits.messages - this.#messages, byBytes));
  }

  acquire(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
    // Follows a larger message at once and forgets it slowly.
    this.#typicalBytes = Math.max(bytes, this.#typicalBytes * 0.99, 256);
  }

  release(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
  }
}
