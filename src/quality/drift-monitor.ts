import type { ModelBaseline } from '../core/baseline';
import { ByModel } from './by-model';
import { DriftWindow, SERIOUS_DRIFT, SLIGHT_DRIFT } from './drift';
import type { DriftFinding, MeasuredDrift } from '../core/event';
import type { OutcomeObserver } from '../core/ports';
import type { ModelIdentity, Outcome } from '../core/prediction';

/** One block of predictions. */
export interface DriftBlock extends DriftFinding {
  /** When it was complete, ISO 8601. */
  readonly at: string;
}

/** Drift of the latest predictions from the model's baseline. */
export interface DriftView {
  readonly model: ModelIdentity | null;
  /** null if the model has none: then nothing is measured. */
  readonly baseline: ModelBaseline | null;
  /** Drift rules that cannot fire, because the model has no baseline; absent if there are none. */
  readonly silentRules?: readonly string[];
  /** Predictions in a block. */
  readonly samples: number;
  /** An index above this is serious; above `limit` it is more than slight and more than random. */
  readonly above: number;
  /** Predictions in the incomplete block. */
  readonly filling: number;
  readonly latest: DriftBlock | null;
  /** Earlier blocks and the latest one, oldest first. */
  readonly history: readonly { readonly at: string; readonly measures: readonly MeasuredDrift[] }[];
}

export interface DriftMonitorOptions {
  readonly baselineOf: (model: ModelIdentity) => ModelBaseline | undefined;
  /** From the first drift rule, so that page and alert agree. */
  readonly samples?: number | undefined;
  readonly above?: number | undefined;
  /** Names of the drift rules that compare with the model's baseline. */
  readonly rules?: readonly string[];
}

const SAMPLES = 1_000;
const MOST_BLOCKS = 60;

interface Watched {
  readonly baseline: ModelBaseline | undefined;
  readonly window: DriftWindow | undefined;
  readonly blocks: DriftBlock[];
}

/** Measures drift in blocks of predictions, separately for each model; restarts with the process. */
export class DriftMonitor implements OutcomeObserver {
  readonly #watched: ByModel<Watched>;
  readonly #samples: number;
  #model: ModelIdentity | null = null;

  constructor(private readonly options: DriftMonitorOptions) {
    this.#samples = options.samples ?? SAMPLES;
    this.#watched = new ByModel((model) => {
      const baseline = options.baselineOf(model);
      return { baseline, window: baseline && new DriftWindow(baseline), blocks: [] };
    });
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind !== 'prediction') continue;
      const { label, confidence, model } = outcome;
      this.#model = model;
      const { window, blocks } = this.#watched.of(model);
      // Another prediction of the call may be of a canary.
      if (window === undefined) continue;
      window.add(label, confidence, outcome.pixelSums);
      if (window.size >= this.#samples) closeBlock(window, blocks);
    }
  }

  /** Of a model, or of the one that predicted last. */
  view(model: ModelIdentity | null = this.#model): DriftView {
    const watched = model === null ? undefined : this.#watched.of(model);
    const blocks = watched?.blocks ?? [];
    const { rules = [] } = this.options;
    const isSilent = rules.length > 0 && watched !== undefined && watched.baseline === undefined;
    return {
      model,
      baseline: watched?.baseline ?? null,
      ...(isSilent && { silentRules: rules }),
      samples: this.#samples,
      above: this.options.above ?? SERIOUS_DRIFT,
      filling: watched?.window?.size ?? 0,
      latest: blocks.at(-1) ?? null,
      history: blocks.map(({ at, measures }) => ({ at, measures })),
    };
  }
}

function closeBlock(window: DriftWindow, blocks: DriftBlock[]): void {
  blocks.push({ at: new Date().toISOString(), ...window.measure(SLIGHT_DRIFT) });
  if (blocks.length > MOST_BLOCKS) blocks.shift();
  window.clear();
}
