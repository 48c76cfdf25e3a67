import type { DerivedImages } from './event';

/** The numbers of an occlusion map. */
export interface OcclusionFinding {
  /** Score of the label for the whole image, 0–1. */
  readonly score: number;
  /** Its lowest score while a part of the image is covered. */
  readonly lowest: number;
  /** Share of each ninth of the image in the importance, row-major from the upper left; all 0 if no part matters. */
  readonly regions: readonly number[];
}

export interface ExplainedImage extends DerivedImages {
  readonly finding: OcclusionFinding;
}

/** Ninths in each dimension. */
export const REGION_STEPS = 3;
const REGIONS = [
  'upper left',
  'top',
  'upper right',
  'left',
  'centre',
  'right',
  'lower left',
  'bottom',
  'lower right',
] as const;
/** A region with a smaller share does not stand out from an equal ninth. */
const STANDS_OUT = 0.2;

/** The map in words, for people who do not see it. */
export function describeFinding({ score, lowest, regions }: OcclusionFinding, className: string): string {
  if (regions.every((share) => share === 0))
    return `No part of the image matters on its own: covering one does not lower the score of ${className}.`;
  const drop = `Covering the most important part lowers the score of ${className} from ${whole(score)} to ${whole(lowest)}.`;
  const [first, second] = regions
    .map((share, at) => ({ share, name: REGIONS[at] }))
    .sort((a, b) => b.share - a.share);
  if (first === undefined || first.share < STANDS_OUT) return `No region stands out. ${drop}`;
  const next =
    second !== undefined && second.share >= STANDS_OUT / 2
      ? `, then the ${second.name} (${whole(second.share)})`
      : '';
  return `The ${first.name} matters most (${whole(first.share)} of the importance)${next}. ${drop}`;
}

function whole(share: number): string {
  return `${Math.round(share * 100)}%`;
}
