import type { z } from 'zod';
import { CLASS_NAMES } from '../core/labels';
import { labelIn } from './schemas/request-fields';
import type { HttpServices } from './services';
import { validate } from './validation';

/** Class names of the active model; Fashion-MNIST's while it is unknown. */
export function labelsOf({ modelDescription }: Pick<HttpServices, 'modelDescription'>): readonly string[] {
  return modelDescription()?.shape.labels ?? CLASS_NAMES;
}

type WithLabels = z.ZodObject<{ label: z.ZodType; truth: z.ZodType } & z.core.$ZodLooseShape>;

/** Like `validate`, for a query whose classes are labels or names of the active model. */
export function validateWithLabels<T extends WithLabels>(
  schema: T,
  query: unknown,
  labels: readonly string[],
): Omit<z.output<T>, 'label' | 'truth'> & { label?: number | undefined; truth?: number | undefined } {
  const known = labelIn(labels).optional();
  return validate(schema.extend({ label: known, truth: known }), query) as ReturnType<
    typeof validateWithLabels<T>
  >;
}
