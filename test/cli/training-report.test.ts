import { PassThrough } from 'node:stream';
import { renderTraining, trainingToJson, withJsonLines } from '../../src/cli/training-report';
import { StreamInferError } from '../../src/core/errors';
import type { EpochReport, TrainingEnd } from '../../src/training/epoch';
import { computeMetrics } from '../../src/training/metrics';
import type { TrainResult } from '../../src/training/train';

const report = (epoch: number): EpochReport => ({
  epoch,
  epochs: 9,
  loss: 0.5,
  accuracy: 0.8,
  validationLoss: 0.4,
  validationAccuracy: 0.85,
  best: epoch === 1,
  seconds: 30,
});
const PLACE = { out: 'models/tiny/1', epochs: 9 };
const NOT_MADE = new StreamInferError('RUNTIME_UNAVAILABLE', 'onnxruntime does not load');

function result(ended: TrainingEnd): TrainResult {
  const metrics = computeMetrics(
    Float32Array.from({ length: 20 }, (_, i) => (i % 11 === 0 ? 1 : 0)),
    Uint8Array.of(0, 1),
  );
  const manifest = { name: 'tiny', version: 1 } as TrainResult['manifest'];
  return { manifest, metrics, epochs: [1, 2, 3].map(report), ended };
}

describe('the report of a training', () => {
  it('is a line of JSON for each epoch', () => {
    const stream = new PassThrough();
    const seen: unknown[] = [];
    const hooks = withJsonLines({ onEpoch: (epoch) => void seen.push(epoch) }, stream);
    hooks.onBatch?.({ epoch: 1, batch: 1, batches: 10, loss: 0.5, accuracy: 0.8 });
    hooks.onEpoch?.(report(1));
    expect(JSON.parse(String(stream.read()))).toEqual({ type: 'epoch', ...report(1) });
    expect(seen).toEqual([report(1)]);
  });

  it('ends in one line with the model', () => {
    const text = trainingToJson(PLACE, result('complete'), NOT_MADE);
    expect(text.split('\n')).toHaveLength(2);
    expect(JSON.parse(text)).toMatchObject({
      type: 'model',
      dir: 'models/tiny/1',
      ended: 'complete',
      test: { n: 2 },
      int8: { problem: 'onnxruntime does not load' },
      manifest: { name: 'tiny' },
    });
  });

  it('says for people what ended it, which epoch was kept, and how each class does', () => {
    const text = renderTraining(PLACE, result('patience'), NOT_MADE);
    expect(text).toContain('Done after 3 of 9 epochs: no improvement in the last 2.');
    expect(text).toContain('(weights of epoch 1)');
    expect(text).toMatch(/class +images +precision +recall +F1\n0 T-shirt\/top/);
    expect(text).toContain('curves.svg');
    expect(renderTraining(PLACE, result('signal'), NOT_MADE)).toContain('Stopped early');
  });
});
