import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../../core/errors';
import { bytesPerImage } from '../../core/model-shape';
import type { Log } from '../../core/ports';
import type { Availability } from '../availability';
import type { OutsideAnswer, RefusedImage } from '../outside-batch';
import { rawImage, type OutsideImage } from '../outside-image';
import type { OutsideCalls } from '../outside-pool';
import { shownUrl, type HttpCaller } from './http-caller';
import type { RemoteClient, RemoteModel } from './server-model';
import { judge, judgeError, toFailure, type Verdict } from './verdict';

/** Doubtful failures of several images before they are sent in two halves. */
const FAILURES_TO_SPLIT = 2;
/** Failures of a single image, with answers for other images in between, before it is given up. */
const MOST_STRIKES = 3;
/** Such answers before the first of them; as many more before each further one. */
const CONTROLS = 2;
/** Least time between two of them, ms: a broken replica may need it to leave its load balancer. */
const STRIKE_GAP_MS = 1_000;

/** Images of one request. */
interface Part {
  readonly from: number;
  readonly to: number;
  attempts: number;
  failures: number;
  /** Failures that followed answers for another image, and nothing else. */
  strikes: number;
  /** Time of the latest of them. */
  struck: number;
  /** Answers for another image since the latest failure. */
  controls: number;
  /** Such answers that are still missing before the next attempt. */
  missing: number;
  /** The server failed on another image too, so the next failure says nothing. */
  isUnclear: boolean;
}

interface Work {
  readonly images: readonly OutsideImage[];
  readonly urgent: boolean;
  readonly parts: Part[];
  readonly scores: Float32Array<ArrayBuffer>;
  readonly refused: Map<number, RefusedImage>;
  waitedMs: number;
}

export interface RemoteCallsOptions {
  readonly caller: HttpCaller;
  readonly client: RemoteClient;
  readonly model: Pick<RemoteModel, 'mostImages' | 'shape'>;
  readonly availability: Availability;
  readonly log: Log;
  /** Least time between two failures that count against an image, ms. */
  readonly strikeGapMs?: number | undefined;
}

/**
 * Sends the images of a batch, in as few requests as the server takes, until each has an answer.
 *
 * - not now: the request is repeated when the model is available again;
 * - refused: its halves are sent, until the images that the server does not take are alone;
 * - failed: repeated too. A single image is given up only after failures between which the server answered for another
 *   image: that it fails while the server is down says nothing about it.
 *
 * For these answers, an image that was answered before is sent once more, more often with each failure. If that fails
 * too, the count starts again: behind a load balancer with a broken replica, every second request may fail.
 */
export class RemoteCalls implements OutsideCalls {
  /** The latest image that was answered; at first a black one. */
  #answered: OutsideImage;

  constructor(private readonly options: RemoteCallsOptions) {
    this.#answered = rawImage(new Uint8Array(bytesPerImage(options.model.shape)));
  }

  /** Rejects with NOT_READY when closed, and with MODEL_UNAVAILABLE where the caller does not wait. */
  async classify(images: readonly OutsideImage[], urgent: boolean): Promise<OutsideAnswer> {
    const work: Work = {
      images,
      urgent,
      parts: this.#split(images),
      scores: new Float32Array(images.length * this.options.model.shape.labels.length),
      refused: new Map(),
      waitedMs: 0,
    };
    for (let part = work.parts.shift(); part !== undefined; part = work.parts.shift())
      await this.#send(work, part);
    return work;
  }

  /** An occlusion map is hundreds of images, which a remote model may charge for. */
  async derive(): Promise<never> {
    throw new StreamInferError('MODEL_UNSUPPORTED', 'a remote model is not asked for occlusion maps');
  }

  /** Since when the server has not answered, as a sentence. */
  get silence(): string | null {
    const { silentMs, origin } = this.options.caller;
    return silentMs === null ? null : `${origin} has not answered for ${Math.round(silentMs / 1_000)} s`;
  }

  close(): void {
    this.options.caller.close();
  }

  async #send(work: Work, part: Part): Promise<void> {
    const { availability } = this.options;
    const asked = performance.now();
    await this.#waitForGap(part);
    await availability.turn(work.urgent);
    const started = performance.now();
    work.waitedMs += started - asked;
    if (part.missing > 0) return await this.#probe(work, part);
    part.attempts++;
    const verdict = await this.#exchange(work, part);
    if (verdict.kind === 'answered') return availability.succeeded();
    if (verdict.kind === 'refused') {
      availability.succeeded();
      return this.#refuse(work, part, { code: 'REMOTE_REFUSED', message: verdict.reason });
    }
    work.waitedMs += performance.now() - started;
    const failure = toFailure(verdict);
    availability.failed(failure);
    if (work.urgent) throw availability.toError(failure);
    if (failure.isDoubtful) this.#doubt(work, part, verdict.reason);
    else work.parts.push(part);
  }

  /** Puts the scores of an answer into their place. */
  async #exchange(work: Work, { from, to }: Part): Promise<Verdict> {
    const images = work.images.slice(from, to);
    const verdict = await this.#ask(images, (scores) =>
      work.scores.set(scores, from * this.options.model.shape.labels.length),
    );
    if (verdict.kind === 'answered') this.#answered = images[0] as OutsideImage;
    return verdict;
  }

  async #ask(images: readonly OutsideImage[], onScores: (scores: Float32Array) => void): Promise<Verdict> {
    const { client, caller } = this.options;
    let what = 'request';
    try {
      const request = await client.request(images);
      what = `${request.method} ${shownUrl(request.url)}`;
      const verdict = judge(await caller.send(request), caller.mask);
      if (verdict.kind === 'answered') onScores(await client.scoresIn(verdict.body, images.length));
      return verdict;
    } catch (error) {
      return judgeError(error, what, caller.mask);
    }
  }

  async #waitForGap({ strikes, controls, struck }: Part): Promise<void> {
    const leftMs = struck + (this.options.strikeGapMs ?? STRIKE_GAP_MS) - performance.now();
    if (strikes > 0 && controls === 0 && leftMs > 0) await sleep(leftMs);
  }

  /** An answer for another image shows that the failure is due to this one. */
  async #probe(work: Work, part: Part): Promise<void> {
    const { availability } = this.options;
    const started = performance.now();
    const verdict = await this.#ask([this.#answered], () => undefined);
    work.waitedMs += performance.now() - started;
    if (verdict.kind === 'answered' || verdict.kind === 'refused') {
      availability.succeeded();
      part.controls++;
      part.missing--;
    } else {
      const failure = toFailure(verdict);
      availability.failed(failure);
      // Before the first answer, the server may be down because of the image.
      if (failure.isDoubtful && part.controls > 0) {
        part.strikes = part.missing = 0;
        part.isUnclear = true;
      }
    }
    work.parts.push(part);
  }

  #doubt(work: Work, part: Part, message: string): void {
    if (part.controls > 0 && !part.isUnclear) {
      part.strikes++;
      part.struck = performance.now();
    }
    part.failures++;
    const isAlone = part.to - part.from === 1;
    if (isAlone && part.strikes >= MOST_STRIKES)
      return this.#refuse(work, part, { code: 'REMOTE_FAILED', message });
    if (!isAlone && part.failures >= FAILURES_TO_SPLIT) return halve(work, part);
    part.controls = 0;
    part.missing = isAlone ? CONTROLS * (part.strikes + 1) : 0;
    part.isUnclear = false;
    work.parts.push(part);
  }

  /** Only a single image is refused for good. */
  #refuse(work: Work, part: Part, refusal: Pick<RefusedImage, 'code' | 'message'>): void {
    if (part.to - part.from > 1) return halve(work, part);
    this.options.log.debug(
      { ...refusal, attempts: part.attempts },
      'the remote model does not take an image',
    );
    work.refused.set(part.from, { ...refusal, attempts: part.attempts });
  }

  /** Into requests that the server takes. */
  #split(images: readonly OutsideImage[]): Part[] {
    const { client, model } = this.options;
    const parts: Part[] = [];
    let bytes = 0;
    let from = 0;
    for (const [i, image] of images.entries()) {
      const size = client.bytesOf(image);
      const isFull = i - from >= model.mostImages || bytes + size > client.mostBytes;
      if (isFull && i > from) {
        parts.push(newPart(from, i));
        from = i;
        bytes = 0;
      }
      bytes += size;
    }
    parts.push(newPart(from, images.length));
    return parts;
  }
}

function newPart(from: number, to: number, attempts = 0): Part {
  const count = { failures: 0, strikes: 0, struck: 0, controls: 0, missing: 0 };
  return { from, to, attempts, ...count, isUnclear: false };
}

function halve(work: Work, { from, to, attempts }: Part): void {
  const middle = (from + to) >> 1;
  work.parts.push(newPart(from, middle, attempts), newPart(middle, to, attempts));
}
