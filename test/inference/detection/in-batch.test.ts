import { StreamInferError } from '../../../src/core/errors';
import { detectObjects } from '../../../src/inference/detection/in-batch';

const shape = {
  width: 2,
  height: 1,
  channels: 1,
  resize: 'stretch',
  invert: 'never',
  labels: ['cat', 'nothing'],
} as const;
const CAT = { label: 0, confidence: 0.9, box: [0, 0, 1, 1] } as const;

it('refuses only the image whose output is invalid', async () => {
  const refused = new StreamInferError('MODEL_UNSUPPORTED', 'A confidence of the model is 5.');
  const detect = async (pixels: Uint8Array, n: number) => {
    await Promise.resolve();
    expect([pixels.length, n]).toEqual([2, 1]);
    if (pixels[0] === 7) throw refused;
    return [[CAT]];
  };
  const images = { pixels: Uint8Array.of(0, 0, 7, 7, 1, 1), indices: [0, 2, 3], decoded: [], shape };
  const found = await detectObjects({ detect }, images, 4);
  expect([...found.images.keys()]).toEqual([0, 3]);
  expect(found.refused).toEqual([
    { index: 2, code: 'OUTPUT_INVALID', message: refused.message, attempts: 1 },
  ]);
  expect([...found.scores].map((score) => Number(score.toFixed(2)))).toEqual([0.9, 0, 0, 0, 0, 0, 0.9, 0]);
});

it('passes on errors that are not about the output', async () => {
  const detect = () => Promise.reject(new Error('out of memory'));
  const images = { pixels: new Uint8Array(2), indices: [0], decoded: [], shape };
  await expect(detectObjects({ detect }, images, 1)).rejects.toThrow('out of memory');
});
