import type { ModelBaseline } from '../../src/core/baseline';
import type { ModelIdentity, PredictionOutcome } from '../../src/core/prediction';
import { DriftMonitor } from '../../src/quality/drift-monitor';
import { createOutcome, MODEL } from '../helpers/services';

const baseline: ModelBaseline = {
  images: 5_000,
  accuracy: 0.9,
  classes: Array.from({ length: 10 }, () => 0.1),
  confidence: { edges: [0.5], shares: [0.2, 0.8] },
  brightness: { mean: 70, deviation: 30 },
  contrast: { mean: 80, deviation: 20 },
  reliability: [],
  calibration: { temperature: 1, error: 0, calibratedError: 0, logLoss: 0, calibratedLogLoss: 0 },
};
const OTHER = { ...MODEL, version: 2, sha256: 'b'.repeat(64) };

/** Predictions as expected but for the brightness of their images. */
function outcomes(count: number, brightness = 70, model = MODEL): PredictionOutcome[] {
  return Array.from({ length: count }, (_, i) => ({
    ...createOutcome({ label: i % 10, confidence: i % 5 === 0 ? 0.4 : 0.9, model }),
    pixelSums: { images: 1, of: 1, brightness, contrast: 80 },
  }));
}

describe('the drift monitor', () => {
  it('names the rules that a model without a baseline silences', () => {
    const baselineOf = (model: ModelIdentity) => (model.version === 1 ? baseline : undefined);
    const monitor = new DriftMonitor({ baselineOf, samples: 100, rules: ['drift'] });
    expect(monitor.view()).not.toHaveProperty('silentRules');
    expect(monitor.view(MODEL)).not.toHaveProperty('silentRules');
    expect(monitor.view(OTHER)).toMatchObject({ baseline: null, silentRules: ['drift'] });
  });

  it('measures the active version next to a canary without a baseline', () => {
    const baselineOf = (model: ModelIdentity) => (model.version === 1 ? baseline : undefined);
    const monitor = new DriftMonitor({ baselineOf, samples: 100 });
    monitor.onOutcomes([...outcomes(1, 70, OTHER), ...outcomes(30)]);
    expect(monitor.view(MODEL)).toMatchObject({ filling: 30 });
  });

  it('measures block by block', () => {
    const monitor = new DriftMonitor({ baselineOf: () => baseline, samples: 100 });
    monitor.onOutcomes(outcomes(130));
    expect(monitor.view()).toMatchObject({ samples: 100, above: 0.25, filling: 30, model: MODEL });
    monitor.onOutcomes(outcomes(170, 130));
    const { latest, history } = monitor.view();
    expect(history).toHaveLength(3);
    expect(history[0]?.measures.every(({ index, limit }) => index <= limit)).toBe(true);
    expect(latest).toMatchObject({ measure: 'brightness', samples: 100 });
    expect(latest!.index).toBeGreaterThan(latest!.limit);
  });

  it('separates models, and reports a model without a baseline', () => {
    const monitor = new DriftMonitor({
      baselineOf: ({ version }) => (version === 1 ? baseline : undefined),
      samples: 100,
    });
    for (let i = 0; i < 10; i++) {
      monitor.onOutcomes(outcomes(10));
      monitor.onOutcomes(outcomes(10, 200, OTHER));
    }
    expect(monitor.view(MODEL)).toMatchObject({ filling: 0, latest: { samples: 100 } });
    expect(monitor.view()).toMatchObject({ model: OTHER, baseline: null, latest: null });
  });

  it('forgets the oldest of very many blocks, and knows nothing at first', () => {
    const monitor = new DriftMonitor({ baselineOf: () => baseline, samples: 100, above: 0.5 });
    expect(monitor.view()).toMatchObject({ model: null, latest: null, history: [], above: 0.5 });
    monitor.onOutcomes(outcomes(6_500));
    expect(monitor.view().history).toHaveLength(60);
  });
});
