import { allScores } from '../core/all-scores';
import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Outcome } from '../core/prediction';
import type { Classified, ClassifyOptions, ImageToClassify } from '../http/services';
import type { Pipeline } from '../pipeline/pipeline';

/** Classifies images through the pipeline's interactive lane; their outcomes are returned, not published. */
export class InteractiveClassifier {
  #requests = 0;

  /** @param pipeline undefined until it is created */
  constructor(private readonly pipeline: () => Pipeline | undefined) {}

  /** Rejects with the image's rejection code, with OVERLOADED or with NOT_READY. */
  async classify(bytes: Buffer, options: ClassifyOptions, sourceId = this.#nextId()): Promise<Classified> {
    const delivery = toDelivery(bytes, options, sourceId);
    return toClassified(await this.#started().classifyNow(delivery, options.invert), '');
  }

  /** Classifies all images or none; a rejection names the image. */
  async classifyAll(images: readonly ImageToClassify[], first = 0): Promise<readonly Classified[]> {
    const deliveries = images.map(({ bytes, ...options }) => toDelivery(bytes, options, this.#nextId()));
    const outcomes = await this.#started().classifyAllNow(deliveries);
    return outcomes.map((outcome, at) => toClassified(outcome, `image ${first + at}: `));
  }

  #nextId(): string {
    return `http/${++this.#requests}`;
  }

  #started(): Pipeline {
    const pipeline = this.pipeline();
    if (pipeline === undefined)
      throw new StreamInferError('NOT_READY', 'the model is not loaded yet; try again shortly');
    return pipeline;
  }
}

function toClassified(outcome: Outcome, image: string): Classified {
  if (outcome.kind === 'dead letter')
    throw new StreamInferError(outcome.rejection.code, `${image}${outcome.rejection.message}`);
  const { prediction, pixels, decoded: { original } = {} } = outcome;
  return { prediction, scores: allScores(outcome), pixels, ...(original && { original }) };
}

function toDelivery(value: Buffer, { contentType, id }: ClassifyOptions, sourceId: string): Delivery {
  return {
    origin: { broker: 'http', topic: '', partition: null, offset: null },
    sourceId,
    key: null,
    value,
    headers: [
      ...(contentType ? [['content-type', contentType] as const] : []),
      ...(id ? [['id', id] as const] : []),
    ],
    timestamp: Date.now(),
    receivedAt: performance.now(),
    attempt: 1,
  };
}
