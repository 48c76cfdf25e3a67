import type { LayersModel } from '@tensorflow/tfjs';
import { StreamInferError } from '../core/errors';
import { CLASS_NAMES } from '../core/labels';
import type { EpochPoint } from '../core/training-history';
import type { NewModel, StoredBaseline } from '../models/files';
import { measureBaseline } from './baseline';
import type { LabelledImages } from './batches';
import { withBaselineSection } from './card-sections';
import { renderCurves } from './curves';
import type { EpochReport } from './epoch';
import type { Metrics } from './metrics';
import { predictAll } from './predict';
import { selectGolden } from './split';
import type { TensorFlow } from './tensorflow';

export interface NewModelFacts {
  readonly name: string;
  readonly version: number;
  /** Source of the golden vectors. */
  readonly test: LabelledImages;
  /** On the test images. */
  readonly metrics: Pick<Metrics, 'accuracy'>;
  readonly history: readonly EpochPoint[];
  /** Without the section of the baseline. */
  readonly card: string;
  readonly baseline: StoredBaseline;
}

/** The content of a model's folder. */
export async function toNewModel(
  tf: TensorFlow,
  model: LayersModel,
  facts: NewModelFacts,
): Promise<NewModel> {
  const golden = selectGolden(facts.test);
  const probabilities = await predictAll(tf, model, golden.pixels);
  return {
    name: facts.name,
    version: facts.version,
    accuracy: facts.metrics.accuracy,
    labels: CLASS_NAMES,
    ...(await toArtifacts(tf, model)),
    golden: { n: golden.labels.length, ...golden, probabilities, runtime: `tfjs-node ${tf.version.tfjs}` },
    card: withBaselineSection(facts.card, facts.baseline),
    baseline: facts.baseline,
    ...(facts.history.length > 0 && {
      history: facts.history,
      curves: renderCurves(facts.history, `${facts.name} ${facts.version}`),
    }),
  };
}

/** The baseline of a model on images that it was not trained on. */
export async function toBaseline(
  tf: TensorFlow,
  model: LayersModel,
  validation: LabelledImages,
  seed: number,
): Promise<StoredBaseline> {
  return {
    created: new Date().toISOString(),
    source: `the training images held out with seed ${seed}, on tfjs-node`,
    ...measureBaseline(validation, await predictAll(tf, model, validation.pixels)),
  };
}

/** Omits epochs with an infinite loss, which JSON cannot represent. */
export function toHistory(epochs: readonly EpochReport[]): EpochPoint[] {
  return epochs
    .map(({ epoch, loss, accuracy, validationLoss, validationAccuracy }) => ({
      epoch,
      loss,
      accuracy,
      validationLoss,
      validationAccuracy,
    }))
    .filter((point) => Object.values(point).every(Number.isFinite));
}

/** The LayersModel in the saved form of TF.js, in memory. */
async function toArtifacts(
  tf: TensorFlow,
  model: LayersModel,
): Promise<Pick<NewModel, 'modelTopology' | 'weightSpecs' | 'weightData'>> {
  let artifacts: Pick<NewModel, 'modelTopology' | 'weightSpecs' | 'weightData'> | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs = [], weightData = [] }) => {
      const specs = weightSpecs.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const }));
      artifacts = {
        modelTopology,
        weightSpecs: specs,
        weightData: tf.io.CompositeArrayBuffer.join(weightData),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  if (!artifacts) throw new StreamInferError('INTERNAL', 'TF.js did not return the trained model');
  return artifacts;
}
