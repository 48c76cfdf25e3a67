import type { StorableLabel } from '../../src/results/given-labels/label-store';

/** A label of a black image. */
export function makeLabel(fields: Partial<StorableLabel> = {}): StorableLabel {
  return {
    schemaVersion: 1,
    id: 'images/0/0',
    label: 5,
    className: 'Sandal',
    predicted: {
      label: 7,
      className: 'Sneaker',
      confidence: 0.4,
      model: { name: 'fashion-mnist', version: 1 },
    },
    source: {
      broker: 'memory',
      topic: 'images',
      partition: 0,
      offset: '0',
      key: null,
      timestamp: '2026-01-01T00:00:00.000Z',
    },
    image: { width: 28, height: 28, channels: 1, pixels: Buffer.alloc(784).toString('base64') },
    by: 'anna',
    via: 'page',
    at: '2026-01-01T00:00:01.000Z',
    ...fields,
  };
}
