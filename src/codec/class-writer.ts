import { topOf, type ModelDescription } from '../core/model-description';
import type { ModelIdentity } from '../core/prediction';
import { putBytes, putInteger, putMillionths } from './json-bytes';
import { Ranking } from './ranking';

const text = (ascii: string): Buffer => Buffer.from(ascii);
const TRUTH = text(',"truth":');
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
/** `0.123456,`, and room for values that are not probabilities. */
const SCORE_BYTES = 26;
/** The truth and its digits. */
const TRUTH_BYTES = 24;
/** Models with more classes write the truth piece by piece, which takes a tenth longer. */
const MOST_JUDGED = 100;

/** Of a batch, row-major. */
interface Scores {
  readonly probabilities: Float32Array;
}

/**
 * Writes the scores of one image, from the label to `"source":`. Allocates nothing for an image: its label and
 * confidence are fields, valid until the next image.
 */
export class ClassWriter {
  label = 0;
  /** Score of the label, in millionths. */
  largest = 0;
  /** Upper bound for one image. */
  readonly mostBytes: number;
  readonly #classes: number;
  /** By label: `,"label":0,"className":"Bag","confidence":`. */
  readonly #heads: readonly Buffer[];
  /** From the confidence to the opening bracket of the list. */
  readonly #list: Buffer;
  /** Absent where a prediction has the scores of all classes. */
  readonly #ranking: Ranking | undefined;
  /** From the list or the truth to `"source":`. */
  readonly #unjudged: Buffer;
  readonly #right: Buffer;
  readonly #wrong: Buffer;
  /** By truth: from the end of the list to `"source":`. Empty for a model with many classes. */
  readonly #judged: readonly (readonly [wrong: Buffer, right: Buffer])[];

  constructor(model: ModelIdentity, description: Pick<ModelDescription, 'shape' | 'output'>) {
    const { labels } = description.shape;
    const top = topOf(description);
    this.#classes = labels.length;
    this.#heads = labels.map((name, label) =>
      text(`,"label":${label},"className":${JSON.stringify(name)},"confidence":`),
    );
    const independent = description.output.independent ? ',"independent":true' : '';
    this.#list = text(`${independent},"${top === undefined ? 'probabilities' : 'top'}":[`);
    this.#ranking = top === undefined ? undefined : new Ranking(labels.length, top);
    this.#unjudged = text(`,"model":${JSON.stringify(model)},"source":`);
    this.#right = Buffer.concat([text(',"correct":true'), this.#unjudged]);
    this.#wrong = Buffer.concat([text(',"correct":false'), this.#unjudged]);
    this.#judged =
      labels.length > MOST_JUDGED
        ? []
        : labels.map((_, truth) => [
            Buffer.concat([text(`],"truth":${truth}`), this.#wrong]),
            Buffer.concat([text(`],"truth":${truth}`), this.#right]),
          ]);
    const head = Math.max(0, ...this.#heads.map((one) => one.length)) + SCORE_BYTES;
    const list = top === undefined ? SCORE_BYTES * labels.length : (head + 2) * top;
    this.mostBytes = head + this.#list.length + list + TRUTH_BYTES + this.#wrong.length;
  }

  /** @param truth −1 where it is unknown */
  put(to: Buffer, start: number, { probabilities: scores }: Scores, image: number, truth: number): number {
    const row = image * this.#classes;
    const listed =
      this.#ranking === undefined
        ? this.#putAll(to, start, scores, row)
        : this.#putBest(to, start, scores, row, this.#ranking);
    const judged = truth < 0 ? undefined : this.#judged[truth];
    if (judged !== undefined) return putBytes(to, listed, judged[truth === this.label ? 1 : 0]);
    to[listed] = CLOSE_BRACKET;
    if (truth < 0) return putBytes(to, listed + 1, this.#unjudged);
    const at = putInteger(to, putBytes(to, listed + 1, TRUTH), truth);
    return putBytes(to, at, truth === this.label ? this.#right : this.#wrong);
  }

  #putAll(to: Buffer, start: number, scores: Float32Array, row: number): number {
    const classes = this.#classes;
    let label = 0;
    let largest = millionths(scores[row]);
    for (let c = 1; c < classes; c++) {
      const other = millionths(scores[row + c]);
      if (!(other > largest)) continue;
      label = c;
      largest = other;
    }
    let at = this.#putLabel(to, start, label, largest);
    for (let c = 0; c < classes; c++) {
      if (c > 0) to[at++] = COMMA;
      at = putMillionths(to, at, millionths(scores[row + c]));
    }
    return at;
  }

  #putBest(to: Buffer, start: number, scores: Float32Array, row: number, ranking: Ranking): number {
    ranking.clear();
    for (let c = 0; c < this.#classes; c++) ranking.offer(c, millionths(scores[row + c]));
    const { labels, values } = ranking;
    let at = this.#putLabel(to, start, labels[0] as number, values[0] as number);
    for (let rank = 0; rank < labels.length; rank++) {
      if (rank > 0) to[at++] = COMMA;
      to[at++] = OPEN_BRACE;
      const head = this.#heads[labels[rank] as number] as Buffer;
      // Without the comma in front.
      at += head.copy(to, at, 1);
      at = putMillionths(to, at, values[rank] as number);
      to[at++] = CLOSE_BRACE;
    }
    return at;
  }

  #putLabel(to: Buffer, start: number, label: number, largest: number): number {
    this.label = label;
    this.largest = largest;
    const at = putBytes(to, start, this.#heads[label] as Buffer);
    return putBytes(to, putMillionths(to, at, largest), this.#list);
  }
}

/** Published scores are rounded to six digits, and the label is the largest rounded one. */
function millionths(score: number | undefined): number {
  return Math.round((score as number) * 1e6);
}
