import { roundedScores } from '../core/all-scores';
import { Semaphore } from '../core/async/semaphore';
import { withTimeout } from '../core/async/timeout';
import { StreamInferError } from '../core/errors';
import type { Explanation } from '../http/services';
import type { ModelRouter } from '../models/serving/router';

/** Time limit to wait for the maps of others, ms. */
const TURN_MS = 20_000;

type Explaining = Pick<ModelRouter, 'derive' | 'description' | 'model'>;

/**
 * Computes occlusion maps next to the stream. A map takes a worker for up to 3 s, so there is one at a time: the other
 * workers stay with the stream.
 */
export class Explainer {
  readonly #turns = new Semaphore(1);

  /** @param router undefined until the model is loaded */
  constructor(
    private readonly router: () => Explaining | undefined,
    private readonly turnMs = TURN_MS,
  ) {}

  /** Rejects with NOT_READY, MODEL_UNSUPPORTED, OVERLOADED or the error of the worker. */
  async explain(pixels: Uint8Array, label: number): Promise<Explanation> {
    this.#explaining();
    const release = await this.#turn();
    try {
      // The model may have been exchanged since.
      const router = this.#explaining();
      const { model } = router;
      const { occlusion, finding } = await router.derive(pixels, label);
      const [score = 0, lowest = 0, ...regions] = roundedScores([
        finding.score,
        finding.lowest,
        ...finding.regions,
      ]);
      return { heatMap: occlusion, model, score, lowest, regions };
    } finally {
      release();
    }
  }

  #explaining(): Explaining {
    const router = this.router();
    if (router === undefined)
      throw new StreamInferError('NOT_READY', 'the model is not loaded yet; try again shortly');
    if (router.description.output.objects)
      throw new StreamInferError('MODEL_UNSUPPORTED', 'a model that finds objects has no occlusion maps');
    return router;
  }

  async #turn(): Promise<() => void> {
    const turn = this.#turns.acquire();
    try {
      return await withTimeout(turn, this.turnMs, tooMany);
    } catch (error) {
      void turn.then((release) => release());
      throw error;
    }
  }
}

function tooMany(): StreamInferError {
  return new StreamInferError('OVERLOADED', 'other occlusion maps are being computed; try again shortly');
}
