import type { MeasuredDrift } from '../core/event';

export type DriftLevel = 'steady' | 'slight' | 'serious';

/** Below its limit an index is nothing, or chance; a serious one is also above what the alerts are about. */
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
