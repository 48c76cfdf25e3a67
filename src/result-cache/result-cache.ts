import { createHash } from 'node:crypto';
import { PredictionWriter } from '../codec/prediction-writer';
import type { PixelSums } from '../core/baseline';
import type { BatchResult, Decoded, WorkItem } from '../core/classification';
import type { BatchColumns } from '../core/columns';
import { formatCode } from '../core/image';
import type { ModelDescription } from '../core/model-description';
import { bytesPerImage } from '../core/model-shape';
import type { Log } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';
import type { DividedBatch, ResultCache, ResultCacheState } from '../core/result-cache';
import { sumPixels } from '../inference/pixel-sums';
import { KeptResults, type KeptLimits, type KeptResult } from './kept-results';

/** Share of the images that is summed for drift, as in a worker. */
const SAMPLE = 8;

/** The active model: another object after each change of the model. */
export interface ActiveModel {
  readonly model: ModelIdentity;
  readonly description: ModelDescription;
}

/**
 * Results of the active model, by the SHA-256 of the image with its format. The identity of a model is one object for
 * as long as it is loaded, with its precision and input settings. All results are dropped when it is another object, so
 * none is of another model.
 */
export class ContentCache implements ResultCache {
  readonly #kept: KeptResults;
  #model: ModelIdentity | undefined;
  /** null where the results of the model are not kept. */
  #writer: PredictionWriter | null = null;
  #hits = 0;
  #misses = 0;

  constructor(
    limits: KeptLimits,
    private readonly active: ActiveModel,
    private readonly log: Log,
  ) {
    this.#kept = new KeptResults(limits);
  }

  get state(): ResultCacheState {
    return {
      hits: this.#hits,
      misses: this.#misses,
      entries: this.#kept.size,
      bytes: this.#kept.bytes,
    };
  }

  divide(items: readonly WorkItem[]): DividedBatch | undefined {
    if (this.active.model !== this.#model) this.#follow();
    const [model, writer] = [this.#model, this.#writer];
    if (model === undefined || writer === null) return undefined;
    const known: { readonly item: WorkItem; readonly result: KeptResult }[] = [];
    const keys: string[] = [];
    const [taken, rest]: [number[], number[]] = [[], []];
    for (const [i, item] of items.entries()) {
      const key = keyOf(item);
      const result = this.#kept.get(key);
      if (result === undefined) keys.push(key);
      else known.push({ item, result });
      (result === undefined ? rest : taken).push(i);
    }
    this.#hits += taken.length;
    this.#misses += rest.length;
    return {
      taken,
      rest,
      resultOf: (columns) => resultOf(known, model, this.active.description, writer, columns),
      keep: (result) => this.#keep(keys, result, model),
    };
  }

  #follow(): void {
    const { model, description } = this.active;
    this.#kept.clear();
    this.#model = model;
    const reason = reasonAgainst(description);
    this.#writer = reason === null ? new PredictionWriter(model, description) : null;
    if (reason !== null) this.log.warn({ model: `${model.name}@${model.version}` }, reason);
  }

  #keep(keys: readonly string[], result: BatchResult, asked: ModelIdentity): void {
    // The model was replaced meanwhile, or another one answered for it.
    if (asked !== this.#model || (result.model ?? asked) !== asked) return;
    const classes = result.probabilities.length / keys.length;
    for (const [i, key] of keys.entries()) {
      if (result.failures.has(i)) continue;
      const scores = result.probabilities.slice(i * classes, (i + 1) * classes);
      this.#kept.set(key, { scores, decoded: copyOf(result.decoded.get(i)) });
    }
  }
}

function reasonAgainst({ kind, output }: ModelDescription): string | null {
  if (kind === 'function') return 'the result cache is off: the answers of a function may change';
  if (output.objects) return 'the result cache is off: this model finds objects';
  return null;
}

function keyOf({ bytes, format, invert }: WorkItem): string {
  const digest = createHash('sha256').update(bytes).digest().toString('latin1');
  return `${String.fromCharCode(formatCode(format, invert))}${digest}`;
}

/** The arrays of a result are parts of those of its whole batch. */
function copyOf(decoded: Decoded | undefined): Decoded | undefined {
  if (decoded === undefined) return undefined;
  const { pixels, thumbnail, ...about } = decoded;
  return { ...about, pixels: pixels.slice(), ...(thumbnail && { thumbnail: thumbnail.slice() }) };
}

function resultOf(
  known: readonly { readonly item: WorkItem; readonly result: KeptResult }[],
  model: ModelIdentity,
  { shape }: ModelDescription,
  writer: PredictionWriter,
  columns: BatchColumns,
): BatchResult {
  const classes = shape.labels.length;
  const probabilities = new Float32Array(known.length * classes);
  const decoded = new Map<number, Decoded>();
  for (const [i, { result }] of known.entries()) {
    probabilities.set(result.scores, i * classes);
    if (result.decoded !== undefined) decoded.set(i, result.decoded);
  }
  const inferred = {
    ...{ size: known.length, probabilities, inferenceMs: 0 },
    ...{ envelopes: decoded, refused: NONE_REFUSED },
  };
  return {
    ...{ probabilities, decoded, model, imageSize: shape, inferenceMs: 0, failures: NO_FAILURES },
    pixelSums: sumsOf(
      known.map(({ item, result }) => result.decoded?.pixels ?? item.bytes),
      bytesPerImage(shape),
    ),
    predictions: writer.write(columns, inferred, performance.now()),
  };
}

const NONE_REFUSED: ReadonlySet<number> = new Set();
const NO_FAILURES: BatchResult['failures'] = new Map();

function sumsOf(images: readonly Uint8Array[], size: number): PixelSums {
  let [count, brightness, contrast] = [0, 0, 0];
  for (let i = 0; i < images.length; i += SAMPLE) {
    const sums = sumPixels(images[i] as Uint8Array, 1, size);
    count++;
    brightness += sums.brightness;
    contrast += sums.contrast;
  }
  return { images: count, of: images.length, brightness, contrast };
}
