/** Properties of an encoded image before decoding. */
export interface Inspected {
  /** As stored, before an EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** EXIF's, 1 to 8; 1 if it has none. */
  readonly orientation: number;
  /** Input of the decoder: the same image without its dangerous parts. */
  readonly bytes: Buffer;
}
