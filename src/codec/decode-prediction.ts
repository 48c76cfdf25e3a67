import { CLASS_COUNT } from '../core/labels';
import type { Prediction } from '../core/prediction';

/** The other way of `encodePrediction`; undefined for what is no prediction of one of Fashion-MNIST's classes. */
export function decodePrediction(value: Buffer | null): Prediction | undefined {
  const parsed = parse(value);
  return isPrediction(parsed) ? parsed : undefined;
}

function parse(value: Buffer | null): Partial<Prediction> | null {
  try {
    return JSON.parse(String(value)) as Partial<Prediction> | null;
  } catch {
    return null;
  }
}

/** What is stored, counted or shown of it is looked at; the rest is taken as it is. */
function isPrediction(value: Partial<Prediction> | null): value is Prediction {
  if (typeof value !== 'object' || value === null || value.schemaVersion !== 1) return false;
  const { id, label, truth, className, confidence, probabilities, model, source, timing, predictedAt } =
    value;
  return (
    typeof id === 'string' &&
    isClass(label) &&
    (truth === undefined || isClass(truth)) &&
    typeof className === 'string' &&
    isShare(confidence) &&
    Array.isArray(probabilities) &&
    probabilities.length === CLASS_COUNT &&
    isObject(model) &&
    isObject(source) &&
    isObject(timing) &&
    typeof predictedAt === 'string'
  );
}

function isClass(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < CLASS_COUNT;
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
