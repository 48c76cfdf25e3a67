import { StreamInferError } from '../../core/errors';
import type { OutgoingMessage } from '../../core/message';
import type { MessageSink } from '../../core/ports';
import type { ImageSet } from '../../dataset/image-set';
import { pixelsOf, type Profile } from './profiles';

const MOST_PER_PUBLISH = 500;

/** The images of a bench as messages. Each carries its number in the header `index`, which travels on to its prediction. */
export class Load {
  readonly #values: readonly Buffer[];
  readonly #pending = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(
    private readonly sink: MessageSink,
    private readonly topic: string,
    private readonly profile: Profile,
    private readonly images: ImageSet,
  ) {
    const count = Math.min(images.size, profile.mostImages);
    this.#values = Array.from({ length: count }, (_, image) => profile.encode(pixelsOf(images, image)));
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
    const { images, profile } = this;
    const image = n % this.#values.length;
    return {
      key: null,
      value: this.#values[image] as Buffer,
      headers: [
        ['content-type', profile.contentType],
        ['dataset', 'fashion-mnist'],
        ['split', images.split === 'samples' ? 'test' : images.split],
        ['index', String(n)],
        ...(profile.judged ? ([['label', String(images.labels[image])]] as const) : []),
      ],
      ...(timestamp !== undefined && { timestamp }),
    };
  }
}
