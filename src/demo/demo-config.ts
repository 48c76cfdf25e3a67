import type { ConfigInput } from '../config/schema';

/** What `stream-infer demo` has instead of the usual defaults; flags, environment and file win over it. */
export const DEMO_CONFIG: ConfigInput = {
  createTopics: true,
  demo: { enabled: true, badShare: 0.02 },
  alerts: [
    // Some images in a thousand: one event after the other, each with the image and what the decision rested on.
    {
      name: 'hard to tell',
      kind: 'low-confidence',
      maxConfidence: 0.35,
      cooldown: '5s',
      severity: 'warning',
      alert: true,
    },
    { name: 'mistakes', kind: 'wrong', count: 20, window: '60s', severity: 'info', remind: '10m' },
    {
      name: 'many bags',
      kind: 'rate',
      label: 'Bag',
      moreThan: 100,
      window: '60s',
      severity: 'info',
      remind: '10m',
    },
    {
      name: 'no images',
      kind: 'dead-letters',
      moreThan: 5,
      window: '60s',
      severity: 'critical',
      alert: true,
      remind: '10m',
    },
  ],
};
