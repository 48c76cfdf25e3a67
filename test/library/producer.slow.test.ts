import { connectBroker, toJson, type BrokerConnection } from '../../src/library';
import { until } from '../helpers/cli';
import { silentLog } from '../helpers/log';

let broker: BrokerConnection;

beforeEach(async () => {
  broker = await connectBroker({ kind: 'memory', log: silentLog });
});
afterEach(() => broker.close());

describe('a producer', () => {
  it('names a serializer that throws or returns no bytes, and sends nothing then', async () => {
    const throwing = broker.createProducer('t', { serialize: toJson<unknown> });
    await expect(throwing.sendAll([{ value: 1 }, { value: undefined }])).rejects.toMatchObject({
      code: 'SERIALIZE_FAILED',
      message: 'the serializer of t failed: cannot encode undefined as JSON',
    });
    const wrong = broker.createProducer<number>('t', { serialize: ((n: number) => n) as never });
    await expect(wrong.send(1)).rejects.toMatchObject({
      code: 'SERIALIZE_FAILED',
      message: 'the serializer of t returned number; expected bytes or text',
    });
    const seen: string[] = [];
    broker.createConsumer('t', { group: null }, ({ value }) => {
      seen.push(value.toString());
    });
    await throwing.send('only this');
    await until(
      () => seen.length > 0,
      10_000,
      () => 'nothing came',
    );
    expect(seen).toEqual(['"only this"']);
  });

  it('names invalid options', async () => {
    const serialise = { serialise: toJson } as never;
    expect(() => broker.createProducer('t', serialise)).toThrow(
      /invalid options for createProducer[^]*"serialise"/,
    );
    expect(() => broker.createProducer('')).toThrow(/topic: expected a topic name/);
    const producer = broker.createProducer('t');
    const wrong: [options: object, what: RegExp][] = [
      [{ key: 5 }, /key: expected text/],
      [{ headers: { shop: undefined } }, /headers\.shop: expected text or a Buffer/],
      [{ headers: [['shop']] }, /headers: each is a pair/],
      [{ headers: new Map([['shop', 'north']]) }, /headers: expected an object/],
      [{ timestamp: new Date() }, /timestamp: expected a whole number/],
      [{ header: { shop: 'north' } }, /header: unknown option/],
    ];
    for (const [options, message] of wrong) {
      await expect(producer.send('a', options)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message) as string,
      });
    }
    await expect(producer.sendAll('abc' as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('is not made on a closed connection, and neither is anything else', async () => {
    await broker.close();
    const closed = { code: 'NOT_READY' };
    expect(() => broker.createProducer('t')).toThrow('the connection to the broker is closed');
    expect(() => broker.createConsumer('t', { group: 'g' }, () => undefined)).toThrow('is closed');
    await expect(broker.createTopics([])).rejects.toMatchObject(closed);
    await expect(broker.deleteTopics([])).rejects.toMatchObject(closed);
  });

  it('is closed although a serializer hangs', async () => {
    const producer = broker.createProducer('t', { serialize: () => new Promise<string>(() => undefined) });
    const sending = producer.send(1).catch((error: unknown) => error);
    await producer.close();
    expect(await sending).toMatchObject({ code: 'ABORTED' });
  }, 60_000);

  it('sends what was handed to it before it is closed, and nothing after that', async () => {
    const producer = broker.createProducer('t');
    const sending = producer.send('a', { headers: [['x', Buffer.from('1')]], timestamp: 5 });
    await producer.close();
    await sending;
    await expect(producer.send('b')).rejects.toMatchObject({ code: 'NOT_READY' });
    const seen: [string, number][] = [];
    broker.createConsumer('t', { group: null }, ({ value, timestamp }) => {
      seen.push([value.toString(), timestamp]);
    });
    await until(
      () => seen.length > 0,
      10_000,
      () => 'nothing came',
    );
    expect(seen).toEqual([['a', 5]]);
  });

  it('whose ready is cancelled says so', async () => {
    const producer = broker.createProducer('t');
    await expect(producer.ready(AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    await producer.ready();
    expect(producer.status()).toEqual({ state: 'up' });
  });
});
