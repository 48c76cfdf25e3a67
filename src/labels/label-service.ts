import { withTimeout } from '../core/async/timeout';
import { StreamInferError, messageOf } from '../core/errors';
import type { ImageLabel, LabelFilter, StoredLabel } from '../core/label';
import type { ModelDescription } from '../core/model-description';
import type { Disagreement } from '../core/model-version';
import type { MessageSink } from '../core/ports';
import type { AuditEntry, AuditTrail, Operator } from '../core/steering';
import type {
  GivenLabel,
  LabelQueue,
  LabelsService,
  QueueChoice,
  RetrainingService,
} from '../http/label-services';
import type { LabelStore } from '../results/given-labels/label-store';
import type { ResultsView } from '../results/view';
import { disputed, inTurn, leastCertain, toOpinion } from './label-queue';

/** Longest wait for the broker, ms. */
const PUBLISH_MS = 10_000;

export interface LabelServiceOptions {
  readonly store: LabelStore;
  readonly results: Pick<ResultsView, 'list' | 'get' | 'image'>;
  readonly topic: string;
  /** null until it is open. */
  readonly sink: () => MessageSink | null;
  /** null until the model is warm. */
  readonly model: () => ModelDescription | null;
  /** Newest first. */
  readonly disagreements: () => readonly Disagreement[];
  readonly audit: AuditTrail;
  readonly retraining: RetrainingService;
  /** Longest wait for the broker, ms; set by tests. */
  readonly publishMs?: number;
}

/**
 * Labels that people give to images of the stream. The broker confirms a label before the store has it, so the topic never
 * lacks a label of the store. Each change is in the audit log.
 */
export class LabelService implements LabelsService {
  constructor(private readonly options: LabelServiceOptions) {}

  get retraining(): RetrainingService {
    return this.options.retraining;
  }

  async queue({ kind, limit }: QueueChoice): Promise<LabelQueue> {
    const { results, store, disagreements } = this.options;
    const classes = this.#classes();
    const labelled = (ids: readonly string[]) => store.labelled(ids);
    const disputes = kind === 'uncertain' ? [] : await disputed(disagreements(), labelled, limit);
    const uncertain = kind === 'disagreement' ? [] : await leastCertain(results, labelled, limit);
    return { images: inTurn(disputes, uncertain, limit), classes };
  }

  async give({ id, label }: GivenLabel, operator: Operator): Promise<StoredLabel> {
    const className = this.#classes()[label];
    if (className === undefined)
      throw new StreamInferError('BAD_REQUEST', `label ${label} is not a class of the model`);
    const { results, store } = this.options;
    const [stored, picture] = [await results.get(id), await results.image(id)];
    if (stored === undefined || picture === undefined) throw notKept(id, stored === undefined);
    const { pixels, ...size } = picture;
    const given = {
      schemaVersion: 1,
      id,
      label,
      className,
      predicted: toOpinion(stored.prediction),
      source: stored.prediction.source,
      image: { ...size, pixels: Buffer.from(pixels).toString('base64') },
      by: operator.by,
      via: operator.via,
      at: new Date().toISOString(),
    } as const;
    const detail = `${id}: ${className}`;
    await this.#recorded({ action: 'label', ...operator, detail }, given.predicted.className, async () => {
      await this.#publish(given);
      await store.put(given);
    });
    const kept = await store.get(id);
    return kept ?? { ...given, seq: 0 };
  }

  async withdraw(id: string, operator: Operator): Promise<void> {
    const { store } = this.options;
    const earlier = await store.get(id);
    if (earlier === undefined)
      throw new StreamInferError('NOT_FOUND', `${JSON.stringify(id)} has no label to withdraw`);
    const { seq: _, ...rest } = earlier;
    const { by, via } = operator;
    const at = new Date().toISOString();
    const withdrawn = { ...rest, label: null, className: null, by, via, at };
    const asked = { action: 'withdraw label', ...operator, detail: id } as const;
    await this.#recorded(asked, earlier.className, async () => {
      await this.#publish(withdrawn);
      await store.remove(id);
    });
  }

  async list(filter: LabelFilter): Promise<readonly StoredLabel[]> {
    return await this.options.store.list(filter);
  }

  async counts(): Promise<ReadonlyMap<number, number>> {
    return await this.options.store.counts();
  }

  history(limit: number, before?: number): readonly AuditEntry[] {
    return this.options.audit.list(limit, before);
  }

  /** @param before shown in the audit log as the value that was replaced */
  async #recorded(
    asked: Parameters<AuditTrail['begin']>[0],
    before: string,
    change: () => Promise<void>,
  ): Promise<void> {
    const { audit } = this.options;
    const entry = audit.begin(asked);
    try {
      await change();
      audit.end(entry, 'done', `was ${before}`);
    } catch (error) {
      audit.end(entry, 'failed', messageOf(error));
      throw error;
    }
  }

  async #publish(label: ImageLabel): Promise<void> {
    const { topic, publishMs = PUBLISH_MS } = this.options;
    const sink = this.options.sink();
    if (sink === null)
      throw new StreamInferError('NOT_READY', 'the broker is not connected yet; try again shortly');
    const message = {
      key: label.id,
      value: Buffer.from(JSON.stringify(label)),
      headers: [['content-type', 'application/json']] as const,
    };
    const [refused] = await withTimeout(
      sink.publish(topic, [message]),
      publishMs,
      () =>
        new StreamInferError(
          'TIMEOUT',
          `the broker did not confirm the label within ${publishMs / 1000} s; it may arrive later; label the image again`,
        ),
    );
    if (refused !== undefined)
      throw new StreamInferError(
        'MESSAGE_TOO_LARGE',
        `the broker refuses the label of ${label.id} as too large`,
      );
  }

  /** Throws NOT_READY while the model is loading, and MODEL_UNSUPPORTED. */
  #classes(): readonly string[] {
    const model = this.options.model();
    if (model === null) throw new StreamInferError('NOT_READY', 'the model is loading; try again shortly');
    if (model.output.objects === undefined) return model.shape.labels;
    throw new StreamInferError(
      'MODEL_UNSUPPORTED',
      'this model finds objects; only images with one class each can be labelled',
    );
  }
}

function notKept(id: string, isUnknown: boolean): StreamInferError {
  const name = JSON.stringify(id);
  return new StreamInferError(
    'NOT_FOUND',
    isUnknown
      ? `the prediction ${name} is no longer stored, so it cannot be labelled`
      : `the image of ${name} is not stored, so nobody could learn from its label; see store.images`,
  );
}
