import type { Delivery } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import { frame } from '../../src/schema-registry/frame';
import { withPlainPredictions } from '../../src/schema-registry/plain-predictions';
import { makeDelivery } from '../helpers/deliveries';

const never = new AbortController().signal;

describe('the readers of predictions with a schema', () => {
  it('receive JSON, in the same deliveries, and all other values as they are', async () => {
    const values = [Buffer.concat([frame(3), Buffer.from('{}')]), Buffer.from('text'), null];
    const given: Delivery[] = [];
    const source = () => ({
      receive: async () => {
        given.push(...values.map((value, i) => makeDelivery(i, { value })));
        return given;
      },
    });
    const scan = () => ({ next: async () => [makeDelivery(0, { value: values[0] as Buffer })] });
    const broker = { createSource: source, createScan: scan } as unknown as Broker;
    const plain = await withPlainPredictions(broker, 'predictions', 'json');
    const options = (topic: string) => ({ topic }) as Parameters<Broker['createSource']>[0];
    const received = await plain.createSource(options('predictions')).receive(9, never);
    expect(received).toBe(given);
    expect(received.map(({ value }) => value && String(value))).toEqual(['{}', 'text', null]);
    const scanned = plain.createScan({ topic: 'predictions' } as Parameters<Broker['createScan']>[0]);
    expect(String((await scanned.next(never))[0]?.value)).toBe('{}');
    given.length = 0;
    const [other] = await plain.createSource(options('images')).receive(9, never);
    expect(other?.value).toEqual(values[0]);
  });
});
