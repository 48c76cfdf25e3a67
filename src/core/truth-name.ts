import { CLASS_NAMES } from './labels';
import type { Prediction } from './prediction';

/** Name of the true class. A prediction has no names for the classes of other models than Fashion-MNIST's. */
export function truthName({ schemaVersion, truth }: Pick<Prediction, 'schemaVersion' | 'truth'>): string {
  return (schemaVersion === 1 ? CLASS_NAMES[truth ?? -1] : undefined) ?? `class ${truth}`;
}
