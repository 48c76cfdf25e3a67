import type { ConfigInput } from '../config/schema';

/** Defaults of `stream-infer demo`; flags, environment and file override them. */
export const DEMO_CONFIG: ConfigInput = {
  createTopics: true,
  demo: { enabled: true, badShare: 0.02 },
  alerts: [
    // Matches some images per thousand: a steady series of events, each with its image and occlusion map. The first is
    // the first alert of all, which the guide of the demo shows.
    {
      name: 'low confidence',
      kind: 'low-confidence',
      maxConfidence: 0.4,
      cooldown: '5s',
      severity: 'warning',
      alert: true,
    },
    { name: 'wrong predictions', kind: 'wrong', count: 20, window: '60s', severity: 'info', remind: '10m' },
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
      name: 'dead letters',
      kind: 'dead-letters',
      moreThan: 15,
      window: '60s',
      severity: 'critical',
      alert: true,
      remind: '10m',
    },
  ],
};
