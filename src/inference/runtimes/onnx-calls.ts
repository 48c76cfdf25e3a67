import type * as ort from 'onnxruntime-node';
import type { OnnxLibrary } from '../onnx/library';
import type { BatchPart } from '../batch-splitter';
import type { OnnxProgram } from './onnx-program';

/** Executes a program, part by part. */
export class OnnxCalls {
  /** Values per image, if the model declares them; onnxruntime then writes them where they belong. */
  readonly #width: number | undefined;
  readonly #output: string;

  constructor(
    private readonly library: OnnxLibrary,
    private readonly session: ort.InferenceSession,
    private readonly program: OnnxProgram,
  ) {
    this.#output = program.outputs[0]!;
    const output = session.outputMetadata.find(({ name }) => name === this.#output);
    const [, width] = output?.isTensor === true && output.shape.length === 2 ? output.shape : [];
    this.#width = typeof width === 'number' && width > 0 ? width : undefined;
  }

  /** The values of all images in order. */
  async run(
    parts: Iterable<BatchPart<Uint8Array | Float32Array>>,
    n: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    let values = new Float32Array(n * (this.#width ?? 0));
    for (const part of parts) {
      const isInPlace = this.#width !== undefined && part.images === part.computed;
      if (isInPlace) {
        await this.#call(
          part,
          values.subarray(part.from * this.#width, (part.from + part.images) * this.#width),
        );
        continue;
      }
      const some = await this.#call(part);
      const width = some.length / part.computed;
      if (values.length !== n * width) values = new Float32Array(Math.ceil(n * width));
      values.set(some.subarray(0, part.images * width), part.from * width);
    }
    return values;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }

  async #call(
    { values, computed }: BatchPart<Uint8Array | Float32Array>,
    into?: Float32Array,
  ): Promise<Float32Array> {
    const { Tensor } = this.library;
    const { input, type, sizes } = this.program;
    const output = this.#output;
    const feeds = { [input]: new Tensor(type, values, [computed, ...sizes]) };
    if (into === undefined) return (await this.session.run(feeds, [output]))[output]!.data as Float32Array;
    await this.session.run(feeds, { [output]: new Tensor('float32', into, [computed, this.#width!]) });
    return into;
  }
}
