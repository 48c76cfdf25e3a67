import { CLASS_NAMES } from '../../src/core/labels';
import type { PredictionOutcome } from '../../src/core/prediction';
import { createOutcome, readTestImages, type FakeServices, type LabelledImages } from './services';

const TICK_MS = 50;
const CONFUSED: Readonly<Record<number, number>> = {
  0: 6,
  6: 0,
  2: 4,
  4: 2,
  5: 7,
  7: 9,
  9: 7,
  3: 6,
  1: 3,
  8: 6,
};

/** Emits real test images with synthetic predictions, 90 % correct, at `perSecond`. Returns a function that stops it. */
export function startMovingStream(services: FakeServices, perSecond: number): () => void {
  const images = readTestImages();
  let index = 0;
  const timer = setInterval(() => {
    const size = Math.round((perSecond * TICK_MS * (0.9 + 0.2 * Math.random())) / 1000);
    const outcomes = Array.from({ length: size }, () => toOutcome(images, index++));
    services.emit(outcomes, 1.5 + Math.random() * 3);
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** The same, so many at once. */
export function emitImages(services: FakeServices, count: number): void {
  const images = readTestImages();
  services.emit(Array.from({ length: count }, (_, index) => toOutcome(images, index)));
}

function toOutcome(images: LabelledImages, at: number): PredictionOutcome {
  const truth = images.labels[at % images.labels.length] ?? 0;
  const right = Math.random() < 0.91;
  const label = right ? truth : (CONFUSED[truth] ?? 0);
  const confidence = right ? 1 - 0.4 * Math.random() ** 3 : 0.42 + 0.4 * Math.random();
  const other = CONFUSED[label] ?? 0;
  const probabilities = CLASS_NAMES.map((_, name) =>
    name === label ? confidence : name === other ? (1 - confidence) * 0.8 : ((1 - confidence) * 0.2) / 8,
  );
  const timing = {
    queueMs: 0.4 + Math.random(),
    inferenceMs: 2 + 2 * Math.random(),
    totalMs: 4,
    batchSize: 24 + (at % 40),
  };
  const pixels = images.pixels(at % images.labels.length);
  return createOutcome({ index: at, truth, label, confidence, probabilities, timing, pixels });
}
