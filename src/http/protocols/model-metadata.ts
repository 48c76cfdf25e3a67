import { INPUT, type RequestedModel } from './model-signature';

/** Metadata of a model in the Open Inference Protocol. */
export function modelMetadata({ model, description, input }: RequestedModel): object {
  const { name, version, runtime, precision, sha256 } = model;
  const { shape, layout } = description;
  const numbers = input.shapes.FP32[0] as readonly number[];
  return {
    name,
    versions: [String(version)],
    platform: `stream-infer_${runtime}`,
    // Pixels; FP32 and BYTES are accepted too.
    inputs: [
      { name: INPUT, datatype: 'UINT8', shape: [-1, ...(input.shapes.UINT8[0] as readonly number[])] },
    ],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, shape.labels.length] },
      { name: 'label', datatype: 'INT64', shape: [-1] },
      { name: 'class_name', datatype: 'BYTES', shape: [-1] },
    ],
    parameters: { runtime, precision, sha256, layout, fp32_shape: [-1, ...numbers].join() },
  };
}
