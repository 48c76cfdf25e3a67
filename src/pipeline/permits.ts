export interface PermitLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Bounds the messages and bytes in flight. The size of a message is known only after it arrived, so the bytes may
 * overshoot by one `receive`. `room()` keeps that small by the size of recent messages.
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

  /** False while the limit of bytes is reached. */
  get hasBytes(): boolean {
    return this.#bytes < this.limits.bytes;
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
    // Follows a larger message at once, and decays slowly.
    this.#typicalBytes = Math.max(bytes, this.#typicalBytes * 0.99, 256);
  }

  /** A message in flight became larger; released with it. */
  grow(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
  }
}
