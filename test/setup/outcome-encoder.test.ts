import { createOutcomeEncoder } from '../../src/setup/outcome-encoder';
import { configSchema, type ConfigInput } from '../../src/config/schema';
import { HEADER_MODES, type HeaderMode } from '../../src/core/header-mode';
import type { OutcomeEncoder } from '../../src/pipeline/outbox';
import type { DeadLetterOutcome } from '../../src/core/prediction';
import { createOutcome, MODEL } from '../helpers/services';

const encoder = (config: ConfigInput): OutcomeEncoder =>
  createOutcomeEncoder(configSchema.parse(config), () => MODEL);
const inMode = (headers: HeaderMode): OutcomeEncoder => encoder({ broker: 'pubsub', output: { headers } });

const deadLetter: DeadLetterOutcome = {
  kind: 'dead letter',
  delivery: createOutcome().delivery,
  rejection: { code: 'CORRUPT', message: 'cut off', stage: 'decode', attempts: 1 },
};

it('gives a prediction its content type alone, unless the configuration asks for more or less', () => {
  expect(encoder({}).encode(createOutcome()).headers).toEqual([['content-type', 'application/json']]);
  expect(inMode('none').encode(createOutcome()).headers).toEqual([]);
});

it("names CloudEvents headers as the broker's binding does", () => {
  const names = (broker: 'kafka' | 'pubsub'): string[] => {
    const { headers } = encoder({ broker, output: { headers: 'cloudevents' } }).encode(createOutcome());
    return headers.map(([name]) => name).slice(4);
  };
  const fields = ['specversion', 'type', 'source', 'id', 'time'];
  expect(names('kafka')).toEqual(fields.map((field) => `ce_${field}`));
  expect(names('pubsub')).toEqual(fields.map((field) => `ce-${field}`));
});

it.each(HEADER_MODES)(
  'publishes the same key and JSON, and keeps it for the store, with headers: %s',
  (mode) => {
    const outcome = createOutcome({ key: 'k' });
    const { key, value } = inMode(mode).encode(outcome);
    expect(String(key)).toBe('k');
    expect(JSON.parse(String(value))).toEqual(outcome.prediction);
    expect(outcome.json).toBe(value);
  },
);

it.each(HEADER_MODES)('leaves a dead letter the headers that a redrive needs, with headers: %s', (mode) => {
  const names = [
    ...['error-code', 'error-message', 'error-stage', 'attempts', 'source-id', 'source-topic'],
    ...['source-partition', 'source-offset', 'failed-at', 'model'],
  ];
  expect(
    inMode(mode)
      .encode(deadLetter)
      .headers.map(([name]) => name),
  ).toEqual(names);
  expect(
    inMode(mode)
      .encodeShrunk(deadLetter)
      .headers.map(([name]) => name),
  ).toEqual(expect.arrayContaining(names));
});

it('marks a structured CloudEvent by its content type', () => {
  const { headers, value } = encoder({ output: { format: 'cloudevents', fields: { timing: false } } }).encode(
    createOutcome(),
  );
  expect(headers).toEqual([['content-type', 'application/cloudevents+json']]);
  const { data } = JSON.parse(String(value)) as { data: object };
  expect(data).not.toHaveProperty('timing');
});

it('asks Pub/Sub to keep the order of keys of the input only', () => {
  const order = encoder({ broker: 'pubsub', output: { order: 'key' } });
  expect(order.encode(createOutcome({ key: 'k' })).ordered).toBe(true);
  expect(order.encode(createOutcome()).ordered).toBeUndefined();
});
