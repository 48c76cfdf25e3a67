/** Side of the square input image of the model, in pixels. */
export const IMAGE_SIDE = 28;
/** Bytes of one image: 28 × 28 uint8, row-major, 0 = background. */
export const IMAGE_PIXELS = IMAGE_SIDE * IMAGE_SIDE;
/** Largest width and height of an encoded image, in pixels. */
export const MAX_IMAGE_SIDE = 8192;
/** Largest number of its pixels: photos of 24 megapixels, 5712 × 4284. */
export const MAX_PICTURE_PIXELS = 25_000_000;

/** Format of a message's bytes. */
export const FORMATS = ['raw', 'png', 'jpeg', 'webp', 'json', 'cloudevent'] as const;
export type ImageFormat = (typeof FORMATS)[number];

/** Formats of image files. */
export const FILE_FORMATS = ['png', 'jpeg', 'webp'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Whether an encoded image with a bright background is inverted (Fashion-MNIST is bright on black). */
export const INVERT_MODES = ['auto', 'always', 'never'] as const;
export type InvertMode = (typeof INVERT_MODES)[number];

/** Format and inversion of one image as a byte for a worker; without `invert` the pool's setting applies. */
export function formatCode(format: ImageFormat, invert?: InvertMode): number {
  return FORMATS.indexOf(format) | ((invert === undefined ? 0 : INVERT_MODES.indexOf(invert) + 1) << 4);
}

/** The inverse of `formatCode`. */
export function fromFormatCode(code: number): { format: ImageFormat; invert: InvertMode | undefined } {
  return { format: FORMATS[code & 0x0f] ?? 'raw', invert: INVERT_MODES[(code >> 4) - 1] };
}
