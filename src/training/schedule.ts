const FINAL_SHARE = 0.01;

/**
 * The share of the highest learning rate at `progress` (0 at the first step, 1 after the last): up along a line while
 * warming up, then down to FINAL_SHARE along a cosine: SGDR's schedule without restarts (arXiv:1608.03983, eq. 5).
 */
export function learningRateShare(progress: number, warmUp = 0): number {
  if (progress < warmUp) return FINAL_SHARE + (1 - FINAL_SHARE) * (progress / warmUp);
  const after = (progress - warmUp) / (1 - warmUp);
  return FINAL_SHARE + (1 - FINAL_SHARE) * 0.5 * (1 + Math.cos(Math.PI * after));
}
