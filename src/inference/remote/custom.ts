import { parseLabel } from '../../core/labels';
import type { OutsideImage } from '../outside-image';
import type { HttpRequest } from './http-caller';
import { parseAnswer, scoresOf } from './scores';
import type { ProtocolClient, RemoteModel } from './server-model';
import type { RemoteSettings } from './settings';
import { fileOf } from './tensor-writer';

/** A class that was answered must be the largest score. */
const LEAST_CONFIDENCE = 1e-6;

/**
 * The contract for any other server: `POST <url>` with one image file and its content type. The answer is JSON:
 * `{"label": 1}` or `{"className": "dog"}`, with `"confidence"` from 0 to 1, or `"probabilities"` of all classes.
 */
export class CustomClient implements ProtocolClient {
  readonly mostBytes = Infinity;
  readonly #url: URL;

  constructor(
    { url }: RemoteSettings,
    private readonly model: RemoteModel,
  ) {
    this.#url = new URL(url);
  }

  bytesOf(): number {
    return 0;
  }

  async request([image]: readonly OutsideImage[]): Promise<HttpRequest> {
    const { bytes, contentType } = await fileOf(image as OutsideImage, this.model.shape);
    return { method: 'POST', url: this.#url, headers: { 'content-type': contentType }, body: bytes };
  }

  scoresIn(body: Buffer): Float32Array<ArrayBuffer> {
    const { shape, description } = this.model;
    const { label, className, confidence, probabilities } = parseAnswer(body);
    const { labels } = shape;
    if (probabilities !== undefined)
      return scoresOf(listed(probabilities, labels), 1, labels, description.output);
    const found = classOf(label, className, labels);
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1))
      throw new Error('the answer has no confidence from 0 to 1');
    const scores = new Float32Array(labels.length);
    scores[found] = Math.max(confidence, LEAST_CONFIDENCE);
    return scores;
  }
}

/** The class of both fields, or of the one that is there. */
function classOf(label: unknown, className: unknown, labels: readonly string[]): number {
  const given = [label, className].filter((value) => value !== undefined && value !== null);
  const found = given.map((value) => parseLabel(value, labels) ?? rejectClass(value));
  const [first, second = first] = found;
  if (first === undefined) throw new Error('the answer has no label, className or probabilities');
  if (first === second) return first;
  throw new Error(`the answer has label ${spelled(label)} and className ${spelled(className)}, which differ`);
}

function rejectClass(value: unknown): never {
  throw new Error(`the answer has the class ${spelled(value)}, which is not in model.labels`);
}

function spelled(value: unknown): string {
  return typeof value === 'object' ? 'of an object' : JSON.stringify(value);
}

/** A list, or an object by class name. */
function listed(probabilities: unknown, labels: readonly string[]): unknown {
  if (typeof probabilities !== 'object' || probabilities === null || Array.isArray(probabilities))
    return probabilities;
  const named = probabilities as Readonly<Record<string, unknown>>;
  const known = new Set(labels);
  const unknown = Object.keys(named).find((name) => !known.has(name));
  if (unknown !== undefined) rejectClass(unknown);
  return labels.map((name) => (Object.hasOwn(named, name) ? named[name] : 0));
}
