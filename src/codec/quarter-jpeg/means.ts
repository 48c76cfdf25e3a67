/**
 * What each coefficient of a block adds to the means of its quarters. The mean of a cosine over half a block is 0 for even
 * frequencies, and of opposite sign in both halves for odd ones.
 */
export interface Means {
  /** By position in the zigzag order: 0 nothing, 1 changes across, 2 down, 3 both. */
  readonly kinds: Uint8Array;
  /** Factor of a quantized coefficient. */
  readonly weights: Float64Array;
}

export function meansOf(quantization: Uint16Array): Means {
  const kinds = new Uint8Array(64);
  const weights = new Float64Array(64);
  for (const [k, [across, down]] of ZIGZAG.entries()) {
    kinds[k] = (across % 2) + 2 * (down % 2);
    const isSeen = (across === 0 || across % 2 === 1) && (down === 0 || down % 2 === 1);
    if (!isSeen) kinds[k] = 0;
    weights[k] = (quantization[k]! * factorOf(across) * factorOf(down)) / 4;
  }
  return { kinds, weights };
}

/** Mean of the basis function over the first half, with its normalization. */
function factorOf(frequency: number): number {
  if (frequency === 0) return Math.SQRT1_2;
  let sum = 0;
  for (let x = 0; x < 4; x++) sum += Math.cos(((2 * x + 1) * frequency * Math.PI) / 16);
  return sum / 4;
}

/** Frequencies across and down, by position. */
const ZIGZAG = zigzag();

function zigzag(): (readonly [across: number, down: number])[] {
  const order: (readonly [number, number])[] = [];
  for (let sum = 0; sum < 15; sum++) {
    for (let i = Math.max(0, sum - 7); i <= Math.min(7, sum); i++)
      order.push(sum % 2 === 0 ? [i, sum - i] : [sum - i, i]);
  }
  return order;
}
