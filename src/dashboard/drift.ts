import type { MeasuredDrift } from '../core/event';

export type DriftLevel = 'steady' | 'slight' | 'serious';

/** An index up to its limit is noise; above `above` it is serious, as alerts see it. */
export function driftLevel(
  { index, limit }: Pick<MeasuredDrift, 'index' | 'limit'>,
  above: number,
): DriftLevel {
  if (index <= limit) return 'steady';
  return index > above ? 'serious' : 'slight';
}

export function measuredName(measure: MeasuredDrift['measure']): string {
  return { classes: 'Classes', confidence: 'Confidence', brightness: 'Brightness', contrast: 'Contrast' }[
    measure
  ];
}
