// A program that uses the installed package; compiled and run by test/e2e/package.test.ts.
import {
  StreamInferError,
  connectBroker,
  createPipeline,
  fromJson,
  loadModel,
  toJson,
  type BrokerConnection,
  type ClassifyFunction,
  type Consumer,
  type ManualMessage,
  type Message,
  type Prediction,
  type Producer,
} from 'stream-infer';
import { bytesBody, createClient, type Schemas } from 'stream-infer/client';
import { brokerContract, createMemoryBroker, type BrokerHarness } from 'stream-infer/testing';

interface Order {
  readonly count: number;
}

function toOrder(value: unknown): Order {
  const { count } = value as Partial<Order>;
  if (typeof count !== 'number') throw new TypeError('expected a count');
  return { count };
}

export function neverCalled(broker: BrokerConnection): void {
  const producer: Producer<Order> = broker.createProducer('orders', { serialize: toJson<Order> });
  // @ts-expect-error a producer of orders takes nothing else
  void producer.send({ count: 'three' });
  // @ts-expect-error a group, or null, is a must
  broker.createConsumer('orders', {}, () => undefined);
  broker.createConsumer('orders', { group: 'g', deserialize: fromJson(toOrder) }, (message) => {
    const typed: Message<Order> = message;
    // @ts-expect-error settled automatically: there is nothing to call
    typed.settle();
    return void typed.value.count.toFixed();
  });
  broker.createConsumer(
    'orders',
    { group: 'g', deserialize: fromJson(toOrder), settle: 'manual' },
    (message: ManualMessage<Order>) => message.settle(),
  );
  broker.createConsumer('orders', { group: null }, ({ value }) => void value.subarray(0, 1));
  // @ts-expect-error no broker is called so
  void connectBroker({ kind: 'rabbit' });
  const harness: Partial<BrokerHarness> = { name: 'mine' };
  brokerContract(harness as BrokerHarness);
  const client = createClient({ token: 'secret' });
  void client
    .POST('/api/v1/classify', bytesBody(Buffer.alloc(784), 'image/png'))
    .then(({ data, error }) => (data === undefined ? error : (data.className satisfies string)));
  // @ts-expect-error there is no such path
  void client.GET('/api/v1/prediction');
  const state: Schemas['ModelVersion']['state'] = 'standby';
  void state;
  void loadModel('fashion-mnist', { runtime: 'onnx', precision: 'int8' }).then((model) => model.labels);
}

async function main(): Promise<void> {
  const broker = await connectBroker({ kind: 'adapter', adapter: createMemoryBroker(), createTopics: true });
  const classify: ClassifyFunction = (images) =>
    images.map((image) => Array.from({ length: 10 }, (_, label) => Number(label === image[0])));
  const pipeline = await createPipeline({ broker, classify });
  const first = await new Promise<Prediction>((resolve) => {
    const consumer: Consumer = broker.createConsumer(
      'predictions',
      { group: 'reader', deserialize: fromJson((value) => value as Prediction) },
      ({ value }) => resolve(value),
    );
    void consumer
      .ready()
      .then(() => broker.createProducer('images').send(Buffer.alloc(784).fill(7, 0, 1), { key: 'a' }));
  });
  const refused: unknown = await pipeline.classify(Buffer.from('no image')).catch((error: unknown) => error);
  await pipeline.close();
  await broker.close();
  const code = refused instanceof StreamInferError ? refused.code : 'none';
  console.log(`${first.className}, ${code}`);
}

void main();
