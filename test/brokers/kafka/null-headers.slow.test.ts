import { createKafkaBroker } from '../../../src/brokers/kafka/broker';
import { connectClient, disconnectClient, flush, loadKafka } from '../../../src/brokers/kafka/client';
import { createProducer } from '../../../src/brokers/kafka/native';
import type { Delivery } from '../../../src/core/message';
import { silentContext } from '../../helpers/broker-context';
import { describeWith } from '../../helpers/parts';

jest.setTimeout(30_000);

describeWith(['kafka-addon'], 'a header without a value', () => {
  it('is read as an empty one, since the client does not distinguish them', async () => {
    const broker = createKafkaBroker({ properties: {}, embedded: true }, silentContext());
    await broker.start();
    await broker.createAdmin().createTopics([{ topic: 'headers', partitions: 1 }]);
    const producer = createProducer(loadKafka(), { 'bootstrap.servers': broker.address ?? '' });
    await connectClient(producer, 'headers');
    producer.setPollInBackground(true);
    // Without memory behind it: null for the add-on.
    const headers = [{ none: Buffer.alloc(0) }, { empty: '' }, { some: 'x' }];
    producer.produce('headers', null, Buffer.from('v'), null, Date.now(), undefined, headers);
    await flush(producer, 10_000);
    await disconnectClient(producer);
    const limits = { from: 'earliest', maxInFlight: 10, maxInFlightBytes: 1_000 } as const;
    const source = broker.createSource({ topic: 'headers', group: null, ...limits });
    const patience = AbortSignal.timeout(20_000);
    await source.open(patience);
    let delivery: Delivery | undefined;
    // `receive` also resolves with nothing after a short while.
    while (delivery === undefined && !patience.aborted) [delivery] = await source.receive(1, patience);
    expect(delivery?.headers.map(([name, value]) => [name, String(value)])).toEqual([
      ['none', ''],
      ['empty', ''],
      ['some', 'x'],
    ]);
    await source.close();
    await broker.close();
  });
});
