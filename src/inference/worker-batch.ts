import { decodeItem, isRefusal } from '../codec/decode-item';
import type { DecodeOutcome } from '../codec/decode-item';
import { IMAGE_PIXELS, formatCode, fromFormatCode } from '../core/image';
import type { InvertMode } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { PackedBatch } from '../core/ports';
import type { BatchReply, DecodedItem, RefusedItem } from './protocol';
import type { ModelRuntime } from './runtimes/runtime';

const RAW = formatCode('raw');

/** Decodes what is not raw and predicts everything that could be decoded in one call. Throws only what the model throws. */
export async function runBatch(
  runtime: Pick<ModelRuntime, 'predict'>,
  batch: PackedBatch,
  invert: InvertMode,
): Promise<BatchReply> {
  const started = performance.now();
  if (isAllRaw(batch)) {
    return reply(await runtime.predict(batch.bytes, batch.size), new Gathered(0), started);
  }
  const gathered = await gather(batch, invert);
  const probabilities = await scatter(runtime, gathered, batch.size);
  return reply(probabilities, gathered, started);
}

/** The usual case: one packed block that goes to the model as it is. */
function isAllRaw(batch: PackedBatch): boolean {
  if (batch.offsets[0] !== 0) return false;
  for (let i = 0; i < batch.size; i++) {
    if (batch.formats[i] !== RAW || batch.offsets[i + 1] !== (i + 1) * IMAGE_PIXELS) return false;
  }
  return true;
}

/** The images of a batch that can be predicted, packed without gaps, and why the others cannot. */
class Gathered {
  readonly pixels: Uint8Array;
  /** Position in the batch of each packed image. */
  readonly indices: number[] = [];
  readonly refused: RefusedItem[] = [];
  readonly decoded: (DecodedItem & { readonly slot: number })[] = [];

  constructor(size: number) {
    this.pixels = new Uint8Array(size * IMAGE_PIXELS);
  }

  add(index: number, outcome: DecodeOutcome, isRaw: boolean): void {
    if (isRefusal(outcome)) {
      this.refused.push({ index, ...outcome });
      return;
    }
    const { pixels, ...about } = outcome;
    const slot = this.indices.push(index) - 1;
    this.pixels.set(pixels, slot * IMAGE_PIXELS);
    if (!isRaw) this.decoded.push({ index, slot, ...about });
  }
}

async function gather(batch: PackedBatch, invert: InvertMode): Promise<Gathered> {
  const gathered = new Gathered(batch.size);
  for (let i = 0; i < batch.size; i++) {
    const bytes = batch.bytes.subarray(batch.offsets[i], batch.offsets[i + 1]);
    const { format, invert: own } = fromFormatCode(batch.formats[i] ?? RAW);
    const outcome = decodeItem(bytes, format, { invert: own ?? invert });
    // A small image is there at once; awaiting it would cost a turn of the queue for each.
    gathered.add(i, 'then' in outcome ? await outcome : outcome, format === 'raw');
  }
  return gathered;
}

async function scatter(
  runtime: Pick<ModelRuntime, 'predict'>,
  { pixels, indices }: Gathered,
  size: number,
): Promise<Float32Array<ArrayBuffer>> {
  const probabilities = new Float32Array(size * CLASS_COUNT);
  if (indices.length === 0) return probabilities;
  const packed = await runtime.predict(pixels.subarray(0, indices.length * IMAGE_PIXELS), indices.length);
  for (const [slot, index] of indices.entries()) {
    probabilities.set(packed.subarray(slot * CLASS_COUNT, (slot + 1) * CLASS_COUNT), index * CLASS_COUNT);
  }
  return probabilities;
}

function reply(probabilities: Float32Array<ArrayBuffer>, gathered: Gathered, started: number): BatchReply {
  const decodedPixels = new Uint8Array(gathered.decoded.length * IMAGE_PIXELS);
  const decoded = gathered.decoded.map(({ slot, ...item }, i) => {
    decodedPixels.set(
      gathered.pixels.subarray(slot * IMAGE_PIXELS, (slot + 1) * IMAGE_PIXELS),
      i * IMAGE_PIXELS,
    );
    return item;
  });
  return {
    kind: 'batch',
    probabilities,
    refused: gathered.refused,
    decoded,
    decodedPixels,
    inferenceMs: performance.now() - started,
  };
}
