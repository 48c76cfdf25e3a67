/** How a network is trained, apart from its images and its seed. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  /** Of Adam, at its highest; it falls to a hundredth of it along a cosine. */
  readonly learningRate: number;
  /** Epochs in which it rises to that; a part of one is possible. */
  readonly warmUpEpochs: number;
  /** After each step the kernels lose this share of themselves, times the learning rate (AdamW). */
  readonly weightDecay: number;
  /** Share of a target that is spread over all classes: 0 for none. */
  readonly labelSmoothing: number;
  /** Pixels that images are moved at most, to any side. */
  readonly shift: number;
  /** Share of the old average that each step keeps when the weights are averaged over the steps: 0 for no average. */
  readonly averaging: number;
}

/** Mirrored images, and nothing else: enough for small networks. */
export const PLAIN_RECIPE: Recipe = {
  epochs: 18,
  batchSize: 128,
  learningRate: 0.002,
  warmUpEpochs: 0,
  weightDecay: 0,
  labelSmoothing: 0,
  shift: 0,
  averaging: 0,
};
