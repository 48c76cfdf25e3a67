import type { ModelBaseline } from '../../src/core/baseline';
import type { EpochPoint } from '../../src/core/training-history';
import { createRandom } from '../../src/training/random';
import { DriftMonitor } from '../../src/quality/drift-monitor';
import type { DriftView } from '../../src/quality/drift-monitor';
import { createOutcome } from './services';
import { shippedManifest } from './shipped-manifest';

/** Of the shipped model. */
export function shippedBaseline(): ModelBaseline {
  return shippedManifest(1).baseline;
}

/** Its training history. */
export function shippedHistory(): readonly EpochPoint[] {
  return shippedManifest(1).history;
}

/** Blocks without drift, except for the brightness in the last three. */
export function driftOfMany(blocks = 24): DriftView {
  const baseline = shippedBaseline();
  const monitor = new DriftMonitor({ baselineOf: () => baseline });
  const random = createRandom(5);
  for (let i = 0; i < blocks * 1_000 + 340; i++) {
    const label = Math.floor(random() * 10);
    const confidence = confidenceAt(baseline, random());
    const isLate = i >= (blocks - 3) * 1_000;
    const brightness = baseline.brightness.mean * (isLate ? 1.35 : 1) + 20 * (random() - 0.5);
    const pixelSums = {
      images: 1,
      of: 1,
      brightness,
      contrast: baseline.contrast.mean + 20 * (random() - 0.5),
    };
    monitor.onOutcomes([{ ...createOutcome({ label, confidence }), pixelSums }]);
  }
  return monitor.view();
}

/** A block that matches the baseline. */
function confidenceAt({ confidence: { edges, shares } }: ModelBaseline, share: number): number {
  let below = 0;
  const bin = shares.findIndex((one) => (below += one) > share);
  return ((edges[bin - 1] ?? 0.3) + (edges[bin] ?? 1)) / 2;
}
