import { PassThrough } from 'node:stream';
import { createTrainingProgress } from '../../src/cli/training-progress';
import type { EpochReport } from '../../src/training/epoch';

const report = (epoch: number): EpochReport => ({
  epoch,
  epochs: 4,
  loss: 0.5,
  accuracy: 0.8,
  validationLoss: 0.4,
  validationAccuracy: 0.85,
  best: epoch === 2,
  seconds: 30,
});
const batch = (epoch: number, n: number) => ({ epoch, batch: n, batches: 10, loss: 0.5, accuracy: 0.8 });

/** A terminal, or not, whose text is kept. */
function createStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  const text = () => String(stream.read() ?? '');
  return { stream: stream as unknown as NodeJS.WriteStream, text };
}

describe('the progress of a training', () => {
  it('is a line an epoch, with the time that is left, where there is no terminal', () => {
    const { stream, text } = createStream(false);
    const progress = createTrainingProgress(4, stream);
    progress.onBatch?.(batch(2, 1));
    for (const epoch of [2, 3, 4]) progress.onEpoch?.(report(epoch));
    progress.stop();
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^epoch 2\/4 .*accuracy 85\.00 % \(best\) {2}30 s, 60 s left$/);
    expect(lines[2]).toMatch(/^epoch 4\/4 .* 30 s$/);
  });

  it('shows bars on a terminal below a line per epoch, and starts at the epoch of a checkpoint', () => {
    const { stream, text } = createStream(true);
    const progress = createTrainingProgress(4, stream);
    progress.onBatch?.(batch(3, 1));
    progress.onEpoch?.(report(3));
    progress.onBatch?.(batch(4, 10));
    progress.onEpoch?.(report(4));
    progress.stop();
    progress.stop();
    const shown = text();
    expect(shown).toContain('epoch 3/4  loss 0.5000');
    expect(shown).toContain('epoch 4/4  loss 0.5000');
    expect(shown).toMatch(/batch .*10\/10 {2}ETA/);
  });
});
