import type { GraphNetwork } from '../../src/models/files/model';

type Attributes = Readonly<Record<string, unknown>>;

const float = { type: 'DT_FLOAT' };

function node(name: string, op: string, input: readonly string[], attr: Attributes = {}): object {
  return { name, op, input, attr: { T: float, ...attr } };
}

function constant(name: string, sizes: readonly number[], dtype = 'DT_FLOAT'): object {
  const dim = sizes.map((size) => ({ size: String(size) }));
  return node(name, 'Const', [], {
    dtype: { type: dtype },
    value: { tensor: { dtype, tensorShape: { dim } } },
  });
}

export interface GraphOptions {
  /** Of one image, flattened in the graph. */
  readonly shape: readonly number[];
  /** features × classes. */
  readonly kernel: Float32Array;
  readonly classes: number;
  readonly input?: Partial<GraphNetwork['input']>;
  /** The operation at the end. */
  readonly operation?: string;
  /** Stores the kernel as value / scale in uint8. */
  readonly quantized?: { readonly scale: number; readonly min: number };
}

/** A TF.js graph model: the operation of (the image, flattened, times the kernel). */
export function graphNetwork(options: GraphOptions): GraphNetwork {
  const { shape, kernel, classes, operation = 'Softmax', quantized } = options;
  const features = kernel.length / classes;
  const { type = 'float32' } = options.input ?? {};
  const isFloat = type === 'float32';
  const dim = [-1, ...shape].map((size) => ({ size: String(size) }));
  const placeholder = {
    dtype: { type: isFloat ? 'DT_FLOAT' : 'DT_INT32' },
    shape: { shape: { dim } },
  };
  const nodes = [
    node('image', 'Placeholder', [], placeholder),
    constant('kernel', [features, classes]),
    constant('flat', [2], 'DT_INT32'),
    node('floats', 'Cast', ['image'], { SrcT: placeholder.dtype, DstT: float }),
    node('reshaped', 'Reshape', ['floats', 'flat'], { Tshape: { type: 'DT_INT32' } }),
    node('product', 'MatMul', ['reshaped', 'kernel'], {
      transpose_a: { b: false },
      transpose_b: { b: false },
    }),
    node('scores', operation, ['product']),
  ];
  const stored = quantized
    ? Buffer.from(Uint8Array.from(kernel, (value) => (value - quantized.min) / quantized.scale))
    : Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  const flat = Buffer.from(Int32Array.of(-1, features).buffer);
  return {
    kind: 'graph',
    artifacts: {
      format: 'graph-model',
      modelTopology: { node: nodes, library: {}, versions: { producer: 1 } },
      weightSpecs: [
        {
          name: 'kernel',
          shape: [features, classes],
          dtype: 'float32',
          ...(quantized && { quantization: { dtype: 'uint8', ...quantized } }),
        },
        { name: 'flat', shape: [2], dtype: 'int32' },
      ],
      weightData: new Uint8Array(Buffer.concat([stored, flat])).buffer,
    },
    input: { name: 'image', type, layout: 'nhwc', shape, ...options.input },
    output: 'scores',
  };
}
