import { StreamInferError } from '../core/errors';
import type { OutgoingMessage } from '../core/message';
import type { MessageSink } from '../core/ports';
import { FASHION_MNIST } from '../core/model-shape';
import { pixelsAt, type LoadImages } from './load-images';
import type { Profile } from './profiles';

const MAX_PER_PUBLISH = 500;

/**
 * The images of a benchmark as messages without headers, like those of most producers. The key of a message
 * and of its prediction is the image number.
 */
export class Load {
  readonly #values: readonly Buffer[];
  readonly #pending = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(
    private readonly sink: MessageSink,
    private readonly topic: string,
    profile: Profile,
    private readonly images: LoadImages,
  ) {
    const count = Math.min(images.size, profile.maxImages);
    const { shape = FASHION_MNIST } = images;
    this.#values = Array.from({ length: count }, (_, image) =>
      profile.encode(pixelsAt(images, image), shape),
    );
  }

  /** The class of the image with that number; undefined for other keys. */
  labelOf(n: number): number | undefined {
    return this.images.labels?.[n % this.#values.length];
  }

  get messageBytes(): number {
    return this.#values[0]?.length ?? 0;
  }

  /** Publishes the messages `from … to` (exclusive); resolves when the broker has confirmed them. */
  async publish(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += MAX_PER_PUBLISH) {
      await this.#publish(this.#messages(at, Math.min(to, at + MAX_PER_PUBLISH)));
    }
  }

  /** Publishes without waiting; `settled` reports failures. `timestamp` returns the time of a message, ms since 1970. */
  send(from: number, to: number, timestamp: (n: number) => number): void {
    const sending = this.#publish(this.#messages(from, to, timestamp)).catch((error: unknown) => {
      this.#failure ??= StreamInferError.from(error);
    });
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  /** Resolves when everything sent is confirmed; rejects if a message failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failure) throw this.#failure;
  }

  async #publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const [refused] = await this.sink.publish(this.topic, messages);
    if (refused)
      throw new StreamInferError('PUBLISH_FAILED', `the broker rejected an image: ${refused.reason}`);
  }

  #messages(from: number, to: number, timestamp?: (n: number) => number): OutgoingMessage[] {
    return Array.from({ length: to - from }, (_, i) => this.#message(from + i, timestamp?.(from + i)));
  }

  #message(n: number, timestamp: number | undefined): OutgoingMessage {
    const value = this.#values[n % this.#values.length] as Buffer;
    return { key: String(n), value, headers: [], ...(timestamp !== undefined && { timestamp }) };
  }
}
