import type { RuntimeName } from './runtime-name';

/** Number format of the model at run time: float32 as in training, or 8-bit integers. */
export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The only runtime that computes in 8-bit integers. */
export const INT8_RUNTIME: RuntimeName = 'onnx';

/** Why a runtime does not support a precision, with the remedy; undefined if it does. */
export function precisionProblem(
  runtime: RuntimeName | 'auto',
  precision: Precision | 'auto',
): string | undefined {
  if (precision !== 'int8' || runtime === 'auto' || runtime === INT8_RUNTIME) return undefined;
  return (
    `int8 runs on ${INT8_RUNTIME} only, not on ${runtime}; ` +
    `use --runtime ${INT8_RUNTIME} (or auto), or --precision fp32`
  );
}
