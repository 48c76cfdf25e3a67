import { keptEpoch, type EpochPoint } from '../../core/training-history';
import { drawTrainingPlot, PLOT_SIZE, TRAINING_PLOTS } from '../../quality/training-plot';
import { percent, plural } from '../format';
import { AsTable } from './as-table';

interface TrainingCurvesProps {
  readonly name: string;
  readonly version: number;
  /** Empty if the training is unknown. */
  readonly epochs: readonly EpochPoint[];
}

/** Loss and accuracy by epoch of one version. */
export function TrainingCurves({ name, version, epochs }: TrainingCurvesProps) {
  return (
    <section class="card" aria-labelledby="training-title">
      <h2 id="training-title">
        Training of {name} v{version}
      </h2>
      <Curves epochs={epochs} />
    </section>
  );
}

function Curves({ epochs }: Pick<TrainingCurvesProps, 'epochs'>) {
  const kept = keptEpoch(epochs);
  if (kept === undefined) return <p class="muted">Its manifest has no training history.</p>;
  return (
    <>
      <div class="legend">
        <span>
          <i class="swatch is-in is-dashed" /> training images
        </span>
        <span>
          <i class="swatch is-out" /> held-out images
        </span>
      </div>
      <div class="two-plots">
        {TRAINING_PLOTS.map((plot) => (
          <div key={plot.name}>
            <h3>{plot.name}</h3>
            <svg
              class="plot"
              viewBox={`0 0 ${PLOT_SIZE.width} ${PLOT_SIZE.height}`}
              aria-hidden="true"
              dangerouslySetInnerHTML={{ __html: drawTrainingPlot(plot, epochs) }}
            />
          </div>
        ))}
      </div>
      <p class="muted">{summary(epochs, kept)}</p>
      <AsTable
        caption="Loss and accuracy by epoch"
        columns={['Epoch', 'Loss', 'Accuracy', 'Loss, held out', 'Accuracy, held out']}
        rows={epochs.map((point) => [
          String(point.epoch),
          point.loss.toFixed(4),
          percent(point.accuracy, 2),
          point.validationLoss.toFixed(4),
          percent(point.validationAccuracy, 2),
        ])}
      />
    </>
  );
}

function summary(epochs: readonly EpochPoint[], kept: EpochPoint): string {
  return (
    `${plural(epochs.length, 'epoch')}; the weights are from epoch ${kept.epoch} (the dot), with ` +
    `${percent(kept.validationAccuracy, 2)} accuracy on the held-out images and a loss of ${kept.validationLoss.toFixed(3)}.`
  );
}
