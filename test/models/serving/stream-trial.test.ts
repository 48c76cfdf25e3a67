import { StreamTrial, type VersionDrift } from '../../../src/models/serving/stream-trial';
import { createOutcome, MODEL } from '../../helpers/services';

const model = (version: number) => ({ ...MODEL, version });
const LIMITS = { maxTrialSlowdown: 3, maxTrialDrift: 0.25 };

/** A batch of one version, with its time in the worker. */
const batch = (version: number, inferenceMs: number, batchSize = 32) =>
  createOutcome({ model: model(version), timing: { inferenceMs, batchSize } });

/** Sends n batches, the last one at `now`; returns the reasons. */
function send(trial: StreamTrial, n: number, now: number, one: ReturnType<typeof batch>): string[] {
  return Array.from({ length: n }, (_, i) => trial.onOutcomes([one], now - n + 1 + i)).filter(
    (reason) => reason !== null,
  );
}

describe('the time of a version on trial', () => {
  function begun(msBefore = 32): StreamTrial {
    const trial = new StreamTrial(LIMITS);
    send(trial, 100, 0, batch(1, msBefore));
    trial.begin(model(2), model(1), 0);
    return trial;
  }

  it('fails it in the second slow window in a row', () => {
    const trial = begun();
    expect(send(trial, 60, 6_000, batch(2, 128))).toEqual([]);
    expect(send(trial, 60, 12_000, batch(2, 128))).toEqual([
      'It took 4.0 ms per image, against 1.0 ms of version 1 in batches of the same size (models.maxTrialSlowdown: 3).',
    ]);
  });

  it('does not fail it for one slow window, a few slow batches, or a difference within the limit', () => {
    const trial = begun();
    expect(send(trial, 60, 6_000, batch(2, 128))).toEqual([]);
    expect(send(trial, 60, 12_000, batch(2, 90))).toEqual([]);
    expect(send(trial, 60, 18_000, batch(2, 128))).toEqual([]);
    for (const now of [24_000, 30_000, 36_000]) {
      expect(send(trial, 5, now - 1_000, batch(2, 9_000))).toEqual([]);
      expect(send(trial, 60, now, batch(2, 32))).toEqual([]);
    }
  });

  it('is not compared with other sizes of batches, which cost more or less per image', () => {
    const trial = begun();
    for (const now of [6_000, 12_000, 18_000]) expect(send(trial, 60, now, batch(2, 20, 2))).toEqual([]);
  });

  it('is that of the canary where both versions are in the same outcomes', () => {
    const trial = new StreamTrial(LIMITS);
    trial.begin(model(2), model(1), 0);
    const both = [batch(1, 32), batch(1, 32), batch(2, 128), batch(1, 32)];
    const reasons = Array.from({ length: 130 }, (_, i) => trial.onOutcomes(both, 100 * i));
    expect(reasons.filter((reason) => reason !== null)).toEqual([
      expect.stringContaining('It took 4.0 ms per image, against 1.0 ms of version 1'),
    ]);
  });

  it('is not compared after the end', () => {
    const trial = begun();
    trial.end();
    for (const now of [6_000, 12_000, 18_000]) expect(send(trial, 60, now, batch(2, 900))).toEqual([]);
  });
});

describe('the drift of a version on trial', () => {
  const drift = (measure: 'classes' | 'confidence' | 'brightness', index: number): VersionDrift => ({
    baseline: {},
    latest: { measures: [{ measure, index, limit: 0.1 }] },
  });
  const NONE: VersionDrift = { baseline: {}, latest: null };

  /** The reason with the drift of the tried version and of the other one. */
  function reasonWith(tried: VersionDrift, other: VersionDrift): string | null {
    let isBegun = false;
    const trial = new StreamTrial(LIMITS, ({ version }) => (version === 1 ? other : isBegun ? tried : NONE));
    trial.begin(model(2), model(1), 0);
    isBegun = true;
    const first = trial.onOutcomes([batch(2, 32)], 1);
    expect(trial.onOutcomes([batch(2, 32)], 2)).toBeNull();
    return first;
  }

  it('fails it if it rises by more than the limit, once for each block', () => {
    expect(reasonWith(drift('classes', 0.4), drift('classes', 0.05))).toBe(
      'Its classes drifted from its baseline: index 0.40, against 0.05 of version 1 (models.maxTrialDrift: 0.25).',
    );
    expect(reasonWith(drift('confidence', 0.4), drift('confidence', 0))).toContain('confidence');
  });

  it('does not fail it if the other version drifts too, for a little, or for the images themselves', () => {
    expect(reasonWith(drift('classes', 0.4), drift('classes', 0.3))).toBeNull();
    expect(reasonWith(drift('classes', 0.2), drift('classes', 0.01))).toBeNull();
    expect(reasonWith(drift('brightness', 2), drift('brightness', 0))).toBeNull();
  });

  it('is not compared without a baseline or a block of both', () => {
    expect(reasonWith({ baseline: null, latest: null }, drift('classes', 0.1))).toBeNull();
    expect(reasonWith(drift('classes', 0.9), { baseline: null, latest: null })).toBeNull();
    expect(reasonWith(drift('classes', 0.9), NONE)).toBeNull();
  });

  it('ignores a block from before the trial', () => {
    const trial = new StreamTrial(LIMITS, ({ version }) => (version === 1 ? drift('classes', 0) : OLD));
    const OLD = drift('classes', 0.9);
    trial.begin(model(2), model(1), 0);
    expect(trial.onOutcomes([batch(2, 32)], 1)).toBeNull();
  });
});
