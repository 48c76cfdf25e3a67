import { StreamInferError } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { MessageSink } from '../core/ports';
import type { ImageSet } from '../dataset/image-set';
import { pixelsOf, type Profile } from './profiles';

const MOST_PER_PUBLISH = 500;

/**
 * The images of a bench as messages without headers, as most producers send them. The key of each is its number, and so is that
 * of its prediction.
 */
export class Load {
  readonly #values: readonly Buffer[];
  readonly #pending = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(
    private readonly sink: MessageSink,
    private readonly topic: string,
    profile: Profile,
    private readonly images: ImageSet,
  ) {
    const count = Math.min(images.size, profile.mostImages);
    this.#values = Array.from({ length: count }, (_, image) => profile.encode(pixelsOf(images, image)));
  }

  /** The class of the image with that number; undefined for what is no number of an image. */
  labelOf(n: number): number | undefined {
    return this.images.labels[n % this.#values.length];
  }

  get messageBytes(): number {
    return this.#values[0]?.length ?? 0;
  }

  /** Messages `from … to` (not included), confirmed by the broker when it resolves. */
  async publish(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += MOST_PER_PUBLISH) {
      await this.#publish(this.#messages(at, Math.min(to, at + MOST_PER_PUBLISH)));
    }
  }

  /** Publishes without waiting; `settled` tells of failures. `timestamp` gives each its time, ms since 1970. */
  send(from: number, to: number, timestamp: (n: number) => number): void {
    const sending = this.#publish(this.#messages(from, to, timestamp)).catch((error: unknown) => {
      this.#failure ??= StreamInferError.from(error);
    });
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  /** Resolves when all that was sent is confirmed; rejects if something was not. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failure) throw this.#failure;
  }

  async #publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const [refused] = await this.sink.publish(this.topic, messages);
    if (refused)
      throw new StreamInferError('PUBLISH_FAILED', `the broker refuses an image: ${refused.reason}`);
  }

  #messages(from: number, to: number, timestamp?: (n: number) => number): OutgoingMessage[] {
    return Array.from({ length: to - from }, (_, i) => this.#message(from + i, timestamp?.(from + i)));
  }

  #message(n: number, timestamp: number | undefined): OutgoingMessage {
    const value = this.#values[n % this.#values.length] as Buffer;
    return { key: String(n), value, headers: [], ...(timestamp !== undefined && { timestamp }) };
  }
}
