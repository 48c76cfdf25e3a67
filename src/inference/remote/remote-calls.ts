import { bytesPerImage, type ModelShape } from '../../core/model-shape';
import type { Log } from '../../core/ports';
import type { Availability } from '../availability';
import type { OutsideAnswer, OutsideImage, RefusedImage } from '../outside-batch';
import { shownUrl, type HttpCaller } from './http-caller';
import type { ProtocolClient, RemoteModel } from './server-model';
import { judge, judgeError, type Verdict } from './verdict';

/** Doubtful failures of several images before they are sent in two halves. */
const FAILURES_TO_SPLIT = 2;
/** Failures of a single image, with answers for other images in between, before it is given up. */
const MOST_STRIKES = 3;

/** Images of one request. */
interface Part {
  readonly from: number;
  readonly to: number;
  attempts: number;
  failures: number;
  /** Failures that followed an answer for other images. */
  strikes: number;
  /** Answers that the server had given at the latest failure. */
  seen: number;
}

interface Work {
  readonly images: readonly OutsideImage[];
  readonly urgent: boolean;
  readonly parts: Part[];
  readonly scores: Float32Array<ArrayBuffer>;
  readonly refused: Map<number, RefusedImage>;
  waitedMs: number;
}

export interface RemoteCallsParts {
  readonly caller: HttpCaller;
  readonly client: ProtocolClient;
  readonly model: Pick<RemoteModel, 'mostImages' | 'shape'>;
  readonly availability: Availability;
  readonly log: Log;
}

/**
 * Sends the images of a batch, in as few requests as the server takes, until each has an answer.
 *
 * - not now: the request is repeated when the model is available again;
 * - refused: its halves are sent, until the images that the server does not take are alone;
 * - failed: repeated too. A single image is given up only after failures between which the server answered for others:
 *   that it fails while the server is down says nothing about it.
 *
 * A request that failed moves behind the others of its batch, which provide these answers. Without others, an image
 * that was answered before is sent once more for that.
 */
export class RemoteCalls {
  /** The latest image that was answered; at first a black one. */
  #answered: OutsideImage;

  constructor(private readonly parts: RemoteCallsParts) {
    this.#answered = blackImage(parts.model.shape);
  }

  /** Rejects with NOT_READY when closed, and with MODEL_UNAVAILABLE where the caller does not wait. */
  async classify(images: readonly OutsideImage[], urgent: boolean): Promise<OutsideAnswer> {
    const work: Work = {
      images,
      urgent,
      parts: this.#split(images),
      scores: new Float32Array(images.length * this.parts.model.shape.labels.length),
      refused: new Map(),
      waitedMs: 0,
    };
    for (let part = work.parts.shift(); part !== undefined; part = work.parts.shift())
      await this.#send(work, part);
    return work;
  }

  async #send(work: Work, part: Part): Promise<void> {
    const { availability } = this.parts;
    const asked = performance.now();
    await availability.turn(work.urgent);
    const started = performance.now();
    work.waitedMs += started - asked;
    if (this.#lacksEvidence(part)) return await this.#probe(work, part);
    part.attempts++;
    const verdict = await this.#exchange(work, part);
    if (verdict.kind === 'answered') return availability.succeeded();
    if (verdict.kind === 'refused') {
      availability.succeeded();
      return this.#refuse(work, part, { code: 'REMOTE_REFUSED', message: verdict.reason });
    }
    work.waitedMs += performance.now() - started;
    const isDoubtful = verdict.kind === 'doubtful';
    const failure = { ...verdict, isDoubtful };
    availability.failed(failure);
    if (work.urgent) throw availability.toError(failure);
    if (isDoubtful) this.#doubt(work, part, verdict.reason);
    else work.parts.push(part);
  }

  /** Puts the scores of an answer into their place. */
  async #exchange(work: Work, { from, to }: Part): Promise<Verdict> {
    const images = work.images.slice(from, to);
    const verdict = await this.#ask(images, (scores) =>
      work.scores.set(scores, from * this.parts.model.shape.labels.length),
    );
    if (verdict.kind === 'answered') this.#answered = images[0] as OutsideImage;
    return verdict;
  }

  async #ask(images: readonly OutsideImage[], onScores: (scores: Float32Array) => void): Promise<Verdict> {
    const { client, caller } = this.parts;
    let what = 'request';
    try {
      const request = await client.request(images);
      what = `${request.method} ${shownUrl(request.url)}`;
      const verdict = judge(await caller.send(request));
      if (verdict.kind === 'answered') onScores(client.scoresIn(verdict.body, images.length));
      return verdict;
    } catch (error) {
      return judgeError(error, what);
    }
  }

  /** A single image failed, and nothing was answered since. */
  #lacksEvidence({ from, to, failures, seen }: Part): boolean {
    return to - from === 1 && failures > 0 && seen === this.parts.availability.successes;
  }

  /** An answer for another image shows that the failure is due to this one. */
  async #probe(work: Work, part: Part): Promise<void> {
    const { availability } = this.parts;
    const started = performance.now();
    const verdict = await this.#ask([this.#answered], () => undefined);
    work.waitedMs += performance.now() - started;
    if (verdict.kind === 'answered' || verdict.kind === 'refused') availability.succeeded();
    else availability.failed({ ...verdict, isDoubtful: verdict.kind === 'doubtful' });
    work.parts.push(part);
  }

  #doubt(work: Work, part: Part, message: string): void {
    const { successes } = this.parts.availability;
    if (successes > part.seen) part.strikes++;
    part.seen = successes;
    part.failures++;
    const isAlone = part.to - part.from === 1;
    if (isAlone && part.strikes >= MOST_STRIKES)
      return this.#refuse(work, part, { code: 'REMOTE_FAILED', message });
    if (!isAlone && part.failures >= FAILURES_TO_SPLIT) return halve(work, part);
    work.parts.push(part);
  }

  /** Only a single image is refused for good. */
  #refuse(work: Work, part: Part, refusal: Pick<RefusedImage, 'code' | 'message'>): void {
    if (part.to - part.from > 1) return halve(work, part);
    this.parts.log.debug({ ...refusal, attempts: part.attempts }, 'the remote model does not take an image');
    work.refused.set(part.from, { ...refusal, attempts: part.attempts });
  }

  /** Into requests that the server takes. */
  #split(images: readonly OutsideImage[]): Part[] {
    const { client, model } = this.parts;
    const parts: Part[] = [];
    let bytes = 0;
    let from = 0;
    for (const [i, image] of images.entries()) {
      const size = client.bytesOf(image);
      const isFull = i - from >= model.mostImages || bytes + size > client.mostBytes;
      if (isFull && i > from) {
        parts.push(this.#part(from, i));
        from = i;
        bytes = 0;
      }
      bytes += size;
    }
    parts.push(this.#part(from, images.length));
    return parts;
  }

  #part(from: number, to: number): Part {
    return { from, to, attempts: 0, failures: 0, strikes: 0, seen: this.parts.availability.successes };
  }
}

function blackImage(shape: ModelShape): OutsideImage {
  const pixels = new Uint8Array(bytesPerImage(shape));
  return { pixels, sent: () => ({ bytes: pixels, contentType: 'application/octet-stream' }) };
}

function halve(work: Work, { from, to, attempts, seen }: Part): void {
  const middle = (from + to) >> 1;
  const half = { attempts, seen, failures: 0, strikes: 0 };
  work.parts.push({ ...half, from, to: middle }, { ...half, from: middle, to });
}
