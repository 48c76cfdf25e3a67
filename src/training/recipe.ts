/** Training parameters other than images and seed. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  /** Highest learning rate of Adam; it falls to a hundredth along a cosine. */
  readonly learningRate: number;
  /** Epochs in which the learning rate rises; fractions are possible. */
  readonly warmUpEpochs: number;
  /** Decay of the kernels after each step, times the learning rate (AdamW). */
  readonly weightDecay: number;
  /** Share of a target that is distributed over all classes; 0 for none. */
  readonly labelSmoothing: number;
  /** Largest shift of an image in pixels, in any direction. */
  readonly shift: number;
  /** Largest rotation in degrees of the images that are rotated (see augment.ts); 0 for none. */
  readonly rotation: number;
  /** Share of the images that are inverted. */
  readonly inversion: number;
  /** Share of the images in which a rectangle is filled with noise. */
  readonly erasing: number;
  /** Share of the old average that each step keeps when weights are averaged; 0 for no average. */
  readonly averaging: number;
}

/** Mirrored images only, which is enough for small networks. */
export const PLAIN_RECIPE: Recipe = {
  epochs: 18,
  batchSize: 128,
  learningRate: 0.002,
  warmUpEpochs: 0,
  weightDecay: 0,
  labelSmoothing: 0,
  shift: 0,
  rotation: 0,
  inversion: 0,
  erasing: 0,
  averaging: 0,
};

/** For networks with batch normalization: shifted images, smoothed labels, weight decay and averaged weights. */
export const AVERAGED_RECIPE: Omit<Recipe, 'epochs'> = {
  batchSize: 128,
  learningRate: 0.002,
  warmUpEpochs: 1,
  weightDecay: 0.05,
  labelSmoothing: 0.1,
  shift: 1,
  rotation: 0,
  inversion: 0,
  erasing: 0,
  averaging: 0.999,
};

export const RECIPE_PARTS = Object.keys(PLAIN_RECIPE) as readonly (keyof Recipe)[];
