import type { FetchedImage } from './store';

/** Images by reference, as long as their store says that they are unchanged. The latest used ones stay. */
export class ImageCache {
  readonly #images = new Map<string, FetchedImage>();
  #bytes = 0;

  /** @param maxBytes 0 keeps nothing */
  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get(url: string): FetchedImage | undefined {
    const image = this.#images.get(url);
    if (image === undefined) return undefined;
    // A map keeps the order of insertion: the first one was not used for the longest time.
    this.#images.delete(url);
    this.#images.set(url, image);
    return image;
  }

  set(url: string, image: FetchedImage): void {
    this.delete(url);
    // One image must not displace most others.
    if (image.etag === undefined || image.bytes.length > this.maxBytes / 4) return;
    this.#images.set(url, image);
    this.#bytes += image.bytes.length;
    for (const oldest of this.#images.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(url: string): void {
    const image = this.#images.get(url);
    if (image === undefined) return;
    this.#images.delete(url);
    this.#bytes -= image.bytes.length;
  }
}
