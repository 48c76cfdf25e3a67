import path from 'node:path';
import type { ImageFormat } from '../core/image';
import type { ModelShape } from '../core/model-shape';

/** A model and the encoding of its images in messages. */
export interface Profile {
  readonly name: ProfileName;
  /** The model is trained, so its accuracy is meaningful. */
  readonly judged: boolean;
  readonly format: ImageFormat;
  /** Number of distinct images in the load, encoded in advance because encoding costs more than the model. */
  readonly maxImages: number;
  /** Encodes the pixels of one image as the value of a message. */
  readonly encode: (pixels: Buffer, shape: ModelShape) => Buffer;
  /** Folder of the profile's own model; null for the configured model. */
  readonly model: string | null;
}

export const PROFILE_NAMES = ['cnn', 'crayfish'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  /** The configured model, and images as raw bytes. */
  cnn: {
    name: 'cnn',
    judged: true,
    format: 'raw',
    maxImages: Infinity,
    encode: (pixels) => pixels,
    model: null,
  },
  /**
   * The smaller task of Crayfish (Horchidan et al., EDBT 2024). It has a feed-forward network of 28K parameters, and
   * JSON events with one image each as an array of numbers.
   */
  crayfish: {
    name: 'crayfish',
    judged: false,
    format: 'json',
    maxImages: 2_000,
    encode: (pixels) => Buffer.from(JSON.stringify({ image: [...pixels] })),
    /** Made by scripts/bench/make-crayfish-model.mjs. */
    model: path.join(__dirname, 'crayfish'),
  },
};
