import { parseLabel } from '../../core/labels';
import type { OutsideImage } from '../outside-batch';
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
    const found = parseLabel(label ?? className, labels);
    if (found === undefined)
      throw new Error('the answer has no label or className of model.labels, and no probabilities');
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1))
      throw new Error('the answer has no confidence from 0 to 1');
    const scores = new Float32Array(labels.length);
    scores[found] = Math.max(confidence, LEAST_CONFIDENCE);
    return scores;
  }
}

/** A list, or an object by class name. */
function listed(probabilities: unknown, labels: readonly string[]): unknown {
  if (typeof probabilities !== 'object' || probabilities === null || Array.isArray(probabilities))
    return probabilities;
  const named = probabilities as Readonly<Record<string, unknown>>;
  return labels.map((name) => (Object.hasOwn(named, name) ? named[name] : 0));
}
