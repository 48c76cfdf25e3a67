import type { Network, NetworkInput } from '../../model';
import type { OnnxTensor } from '../../onnx/file';
import type { Settings } from '../settings/settings';

/** How the numbers of a network end. */
export interface Ending {
  /** `logits`: any numbers. `other`: neither probabilities nor logits. `unknown`: the file does not show it. */
  readonly kind: 'softmax' | 'sigmoid' | 'logits' | 'other' | 'unknown';
  /** The layer or operator that shows it. */
  readonly by: string;
}

/** A network, and what its own file says about its images and its scores. */
export interface NetworkFacts {
  /** SHA-256 of the weights, lower-case hex. */
  readonly sha256: string;
  /** Sizes of one image as the network takes it, without the batch; null for a size that varies. */
  readonly imageShape: readonly (number | null)[];
  readonly ending: Ending;
  /** Numbers for one image; undefined if the file does not show them. */
  readonly outputs: number | undefined;
  /** Of the chosen output. */
  readonly outputName: string;
  readonly otherOutputs: readonly string[];
  /** All outputs with their sizes, where the model may find objects. */
  readonly tensors?: readonly OnnxTensor[];
  /** Settings that the network itself demands, for example a scale of 1 for integers. */
  readonly demands: readonly { readonly because: string; readonly settings: Settings }[];
  readonly warnings: readonly string[];
  /** The network for images of this shape; `outputs` if it finds objects. */
  build(input: Pick<NetworkInput, 'layout' | 'shape'>, outputs?: readonly string[]): Network;
}
