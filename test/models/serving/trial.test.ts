import { Trial } from '../../../src/models/serving/trial';
import { createOutcome, MODEL } from '../../helpers/services';

const model = (version: number) => ({ ...MODEL, version });

/** n predictions of a version, of which so many are wrong. */
function judged(version: number, n: number, wrong: number) {
  return Array.from({ length: n }, (_, i) =>
    createOutcome({ index: i, model: model(version), label: 0, truth: i < wrong ? 1 : 0 }),
  );
}

function createTrial(): { trial: Trial; reasons: string[] } {
  const reasons: string[] = [];
  return { trial: new Trial(0.02, (reason) => reasons.push(reason)), reasons };
}

describe('a trial', () => {
  it('fails at the third batch that the model before had no trouble with, once', () => {
    const { trial, reasons } = createTrial();
    trial.begin(model(2), model(1));
    for (let i = 0; i < 5; i++) trial.batchFailed(2, 'A worker died.', false);
    expect(reasons).toEqual(['It failed at 3 batches that version 1 had no trouble with: A worker died.']);
  });

  it('fails at once when no worker is left', () => {
    const { trial, reasons } = createTrial();
    trial.begin(model(2), model(1));
    trial.batchFailed(2, 'broken', true);
    expect(reasons).toHaveLength(1);
  });

  it('is over when it ends', () => {
    const { trial, reasons } = createTrial();
    trial.begin(model(2), model(1));
    trial.end();
    trial.batchFailed(2, 'broken', true);
    trial.onOutcomes([...judged(1, 500, 0), ...judged(2, 500, 500)]);
    expect(reasons).toEqual([]);
  });

  it('fails when more predictions with a known truth are wrong than before, by more than chance', () => {
    const { trial, reasons } = createTrial();
    trial.onOutcomes(judged(1, 1_000, 80));
    trial.begin(model(2), model(1));
    trial.onOutcomes(judged(2, 199, 199));
    expect(reasons).toEqual([]);
    trial.onOutcomes(judged(2, 1, 1));
    expect(reasons).toEqual([
      '100.0 % of its predictions with a known truth were wrong, and 8.0 % of those of version 1.',
    ]);
  });

  it('does not fail for a difference that chance may make, or without anything to compare with', () => {
    const { trial, reasons } = createTrial();
    trial.begin(model(2), model(1));
    trial.onOutcomes(judged(2, 1_000, 1_000));
    trial.end();
    trial.onOutcomes(judged(1, 1_000, 80));
    trial.begin(model(3), model(1));
    trial.onOutcomes(judged(3, 400, 48));
    expect(reasons).toEqual([]);
  });

  it('begins anew with a version that was on trial before', () => {
    const { trial, reasons } = createTrial();
    trial.onOutcomes(judged(1, 1_000, 80));
    trial.begin(model(2), model(1));
    trial.onOutcomes(judged(2, 150, 150));
    trial.end();
    trial.begin(model(2), model(1));
    trial.onOutcomes(judged(2, 150, 150));
    expect(reasons).toEqual([]);
  });
});
