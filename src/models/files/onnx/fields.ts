/** Field numbers of the messages in an ONNX file. Source: onnx.proto. */
export const MODEL = {
  irVersion: 1,
  producer: 2,
  producerVersion: 3,
  graph: 7,
  opsets: 8,
  functions: 25,
} as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparse: 15 } as const;
export const FUNCTION = { name: 1, node: 7, domain: 10 } as const;
export const NODE = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const;
/** Of attributes: one value, and a list of them. */
export const ATTRIBUTE: Readonly<Record<'graphs' | 'tensors' | 'sparse', readonly number[]>> = {
  graphs: [6, 11],
  tensors: [5, 10],
  sparse: [22, 23],
};
export const TENSOR = { name: 8, raw: 9, externalData: 13, location: 14 } as const;
export const SPARSE = { values: 1, indices: 2 } as const;

/** `TensorProto.DataLocation` of weights in another file. */
export const EXTERNAL = 1;

/** Node reads no larger files at once, and a protobuf message cannot be larger. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;
