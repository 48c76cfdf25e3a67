import { Probation } from '../../../src/models/serving/probation';
import { createOutcome, MODEL } from '../../helpers/services';

const model = (version: number) => ({ ...MODEL, version });

/** n predictions of a version, `wrong` of them with another truth. */
function judged(version: number, n: number, wrong: number) {
  return Array.from({ length: n }, (_, i) =>
    createOutcome({ index: i, model: model(version), label: 0, truth: i < wrong ? 1 : 0 }),
  );
}

function createProbation(): { probation: Probation; reasons: string[] } {
  const reasons: string[] = [];
  return { probation: new Probation(0.02, (reason) => reasons.push(reason)), reasons };
}

describe('the probation', () => {
  it('fails once, at the third failed batch', () => {
    const { probation, reasons } = createProbation();
    probation.begin(model(2), model(1));
    for (let i = 0; i < 5; i++) probation.batchFailed(2, 'A worker died.', false);
    expect(reasons).toEqual(['3 batches failed that version 1 classified: A worker died.']);
  });

  it('fails at once if no worker is left', () => {
    const { probation, reasons } = createProbation();
    probation.begin(model(2), model(1));
    probation.batchFailed(2, 'broken', true);
    expect(reasons).toHaveLength(1);
  });

  it('ignores everything after its end', () => {
    const { probation, reasons } = createProbation();
    probation.begin(model(2), model(1));
    probation.end();
    probation.batchFailed(2, 'broken', true);
    probation.onOutcomes([...judged(1, 500, 0), ...judged(2, 500, 500)]);
    expect(reasons).toEqual([]);
  });

  it('fails if the error rate rises by more than chance', () => {
    const { probation, reasons } = createProbation();
    probation.onOutcomes(judged(1, 1_000, 80));
    probation.begin(model(2), model(1));
    probation.onOutcomes(judged(2, 199, 199));
    expect(reasons).toEqual([]);
    probation.onOutcomes(judged(2, 1, 1));
    expect(reasons).toEqual([
      '100.0 % of its predictions with a known truth were wrong, against 8.0 % of version 1.',
    ]);
  });

  it('does not fail for a difference within chance, or without predictions to compare', () => {
    const { probation, reasons } = createProbation();
    probation.begin(model(2), model(1));
    probation.onOutcomes(judged(2, 1_000, 1_000));
    probation.end();
    probation.onOutcomes(judged(1, 1_000, 80));
    probation.begin(model(3), model(1));
    probation.onOutcomes(judged(3, 400, 48));
    expect(reasons).toEqual([]);
  });

  it('starts from zero for a version that was on probation before', () => {
    const { probation, reasons } = createProbation();
    probation.onOutcomes(judged(1, 1_000, 80));
    probation.begin(model(2), model(1));
    probation.onOutcomes(judged(2, 150, 150));
    probation.end();
    probation.begin(model(2), model(1));
    probation.onOutcomes(judged(2, 150, 150));
    expect(reasons).toEqual([]);
  });
});
