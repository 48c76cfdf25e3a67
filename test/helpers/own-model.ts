import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ProtobufWriter } from '../../src/inference/onnx/protobuf';

/** One layer as Keras 3 and its converter write it. */
export interface WrittenLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes?: unknown;
}

export interface WrittenWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly quantization?: object;
}

export interface WrittenModel {
  readonly layers: readonly WrittenLayer[];
  readonly weights?: readonly WrittenWeight[];
  readonly data?: Uint8Array;
  /** More of the model's configuration, for example its outputs. */
  readonly config?: object;
  readonly className?: string;
}

export const input = (shape: readonly (number | null)[], config: object = {}): WrittenLayer => ({
  class_name: 'InputLayer',
  config: { name: 'input', batch_shape: [null, ...shape], dtype: 'float32', ...config },
});

export const dense = (units: number, activation: unknown, name = 'dense'): WrittenLayer => ({
  class_name: 'Dense',
  config: { name, units, activation, use_bias: false },
});

export const flatten: WrittenLayer = { class_name: 'Flatten', config: { name: 'flatten' } };

/** The text of a TF.js model of layers; Keras 3 writes no format. */
export function layersJson({
  layers,
  weights = [],
  config = {},
  className = 'Sequential',
}: WrittenModel): object {
  const topology = { class_name: className, config: { name: 'sequential_4', layers, ...config } };
  return {
    modelTopology: { keras_version: '3.1.0', backend: 'tensorflow', model_config: topology },
    weightsManifest: [
      { paths: ['./group1.weights.bin'], weights: weights.map((one) => ({ dtype: 'float32', ...one })) },
    ],
  };
}

/** Writes a model of layers under this name. */
export async function writeLayers(folder: string, model: WrittenModel, name = 'model.json'): Promise<void> {
  await writeFile(path.join(folder, name), JSON.stringify(layersJson(model)));
  await writeFile(path.join(folder, 'group1.weights.bin'), model.data ?? new Uint8Array(0));
}

/** Writes a file of JSON next to a model. */
export async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), JSON.stringify(value));
}

export interface OnnxTensor {
  /** Of `TensorProto.DataType`: 1 is float32, 2 is uint8, 7 is int64. */
  readonly type: number;
  /** Text is the name of a size that varies. */
  readonly shape: readonly (number | string)[];
}

/** An ONNX file that sends its input `pixels` through these operators to `scores`. */
export function onnxBytes(
  operators: readonly string[],
  from: OnnxTensor,
  to: OnnxTensor,
  domain = '',
): Uint8Array {
  const names = ['pixels', ...operators.slice(1).map((_, i) => `t${i}`), 'scores'];
  return new ProtobufWriter()
    .varint(1, 8)
    .message(7, (graph) => {
      for (const [i, operator] of operators.entries()) {
        graph.message(1, (node) => {
          node
            .string(1, names[i]!)
            .string(2, names[i + 1]!)
            .string(4, operator);
          if (domain !== '') node.string(7, domain);
        });
      }
      graph.string(2, 'model');
      graph.message(11, (value) => writeTensor(value, 'pixels', from));
      graph.message(12, (value) => writeTensor(value, 'scores', to));
    })
    .message(8, (opset) => opset.string(1, '').varint(2, 17))
    .finish();
}

function writeTensor(writer: ProtobufWriter, name: string, { type, shape }: OnnxTensor): void {
  writer.string(1, name).message(2, (typeProto) =>
    typeProto.message(1, (tensor) => {
      tensor.varint(1, type).message(2, (sizes) => {
        for (const size of shape) {
          sizes.message(1, (dim) => (typeof size === 'string' ? dim.string(2, size) : dim.varint(1, size)));
        }
      });
    }),
  );
}
