import type { FoundObject } from '../core/found-objects';
import { percent } from '../core/percent';
import { printable } from './print-outcomes';

/** A line for each object: `   93.1 %  person  at 10, 20: 30 × 40`. */
export function objectLines(objects: readonly FoundObject[]): string[] {
  if (objects.length === 0) return ['  no objects'];
  return objects.map(({ className, confidence, box: [left, top, width, height] }) => {
    const shown = percent(confidence, 1).padStart(7);
    return `  ${shown}  ${printable(className)}  at ${left}, ${top}: ${width} × ${height}`;
  });
}
