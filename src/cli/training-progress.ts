import { MultiBar, type SingleBar } from 'cli-progress';
import type { BatchReport, EpochReport, FitHooks } from '../training/epoch';
import { percent } from '../core/percent';

export interface TrainingProgress extends FitHooks {
  /** Restores the terminal; further calls do nothing. */
  stop(): void;
}

/** Lines for finished epochs, and bars below them on a terminal. */
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
    // A line written above erases even an unchanged bar.
    forceRedraw: true,
  });
  const toBatchBar = createBatchBar(bars);
  let epochBar: SingleBar | undefined;
  let stopped = false;
  return {
    onBatch(report: BatchReport) {
      const { epoch, batch, batches } = report;
      // Starts at the epoch of the checkpoint; starting at 0 would falsify the ETA.
      epochBar ??= bars.create(epochs, epoch - 1, { name: 'epoch', step: '', loss: '-', accuracy: '-' });
      // Counts parts of an epoch, for an ETA during the first one.
      epochBar.update(epoch - 1 + batch / batches, { step: `${epoch}/${epochs}` });
      toBatchBar(report);
    },
    onEpoch(report: EpochReport) {
      const accuracy = `${percent(report.validationAccuracy)} on validation`;
      epochBar?.update({ loss: report.validationLoss.toFixed(4), accuracy });
      bars.log(`${describeEpoch(report)}\n`);
    },
    stop: () => {
      if (stopped) return;
      // Flushes the last line.
      bars.update();
      bars.stop();
      stopped = true;
    },
  };
}

function createBatchBar(bars: MultiBar): (report: BatchReport) => void {
  let bar: SingleBar | undefined;
  return ({ batch, batches, loss, accuracy }) => {
    bar ??= bars.create(batches, 0, { name: 'batch' });
    if (batch === 1) bar.start(batches, 0, { name: 'batch' });
    bar.update(batch, { step: `${batch}/${batches}`, loss: loss.toFixed(4), accuracy: percent(accuracy) });
  };
}

function createLines(stream: NodeJS.WriteStream): TrainingProgress {
  let sum = 0;
  let done = 0;
  return {
    onEpoch(report) {
      sum += report.seconds;
      const left = (report.epochs - report.epoch) * (sum / ++done);
      stream.write(`${describeEpoch(report)}${left > 0 ? `, ${duration(left)} left` : ''}\n`);
    },
    stop: () => undefined,
  };
}

function describeEpoch(report: EpochReport): string {
  const { epoch, epochs, loss, accuracy, validationLoss, validationAccuracy, best, seconds } = report;
  return (
    `epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}  ` +
    `validation loss ${validationLoss.toFixed(4)}  accuracy ${percent(validationAccuracy)}` +
    `${best ? ' (best)' : ''}  ${seconds.toFixed(0)} s`
  );
}

function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 2) return `${Math.ceil(seconds)} s`;
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
