import { MultiBar } from 'cli-progress';
import type { BatchReport, EpochReport, FitHooks } from '../training/epoch';
import { percent } from './metrics-table';

export interface TrainingProgress extends FitHooks {
  /** Leaves the terminal as it was; also after a failure, and a second time does nothing. */
  stop(): void;
}

/** Bars on a terminal, one line an epoch elsewhere (a log file wants no carriage returns). */
export function createTrainingProgress(epochs: number, stream: NodeJS.WriteStream): TrainingProgress {
  return stream.isTTY ? createBars(epochs, stream) : createLines(stream);
}

function createBars(epochs: number, stream: NodeJS.WriteStream): TrainingProgress {
  const bars = new MultiBar({
    stream,
    hideCursor: true,
    gracefulExit: false,
    clearOnComplete: false,
    format: '{name} {bar} {step}  ETA {eta_formatted}  loss {loss}  {accuracy}',
    barsize: 20,
    etaBuffer: 50,
  });
  const epochBar = bars.create(epochs, 0, { name: 'epoch', step: `0/${epochs}`, loss: '-', accuracy: '-' });
  const batchBar = bars.create(1, 0, { name: 'batch', step: '0', loss: '-', accuracy: '-' });
  let stopped = false;
  return {
    onBatch({ epoch, batch, batches, loss, accuracy }: BatchReport) {
      if (batch === 1) batchBar.start(batches, 0, { name: 'batch' });
      batchBar.update(batch, {
        step: `${batch}/${batches}`,
        loss: loss.toFixed(4),
        accuracy: percent(accuracy),
      });
      // Parts of an epoch count, or there would be no ETA during the first one.
      epochBar.update(epoch - 1 + batch / batches, { step: `${epoch}/${epochs}` });
    },
    onEpoch({ validationLoss, validationAccuracy }: EpochReport) {
      const accuracy = `${percent(validationAccuracy)} on validation`;
      epochBar.update({ loss: validationLoss.toFixed(4), accuracy });
    },
    stop: () => {
      if (!stopped) bars.stop();
      stopped = true;
    },
  };
}

function createLines(stream: NodeJS.WriteStream): TrainingProgress {
  return {
    onEpoch(report) {
      const { epoch, epochs, loss, accuracy, validationLoss, validationAccuracy, best, seconds } = report;
      stream.write(
        `epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}  ` +
          `validation loss ${validationLoss.toFixed(4)}  accuracy ${percent(validationAccuracy)}` +
          `${best ? ' (best)' : ''}  ${seconds.toFixed(0)} s\n`,
      );
    },
    stop: () => undefined,
  };
}
