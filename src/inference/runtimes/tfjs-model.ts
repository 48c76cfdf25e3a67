/** A model in TF.js that takes uint8 pixels and returns the network's numbers, n × width. */
export interface TfjsModel {
  predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>>;
  /** The same from the numbers that the network is fed. */
  predictNumbers(numbers: Float32Array, n: number): Promise<Float32Array<ArrayBuffer>>;
  dispose(): void;
}
