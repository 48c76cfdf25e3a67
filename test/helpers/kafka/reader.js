/**
 * A process that reads a topic, settles some messages and waits to be killed. Jest does not transform forked
 * files, hence the hook.
 */
require('../typescript.cjs');
const { createKafkaBroker } = require('../../../src/brokers/kafka/broker');

const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

process.once('message', async ({ bootstrapServers, options, settle, instanceId }) => {
  const settings = {
    properties: { 'bootstrap.servers': bootstrapServers, 'session.timeout.ms': '6000' },
    embedded: false,
  };
  const source = createKafkaBroker(settings, { instanceId, log }).createSource(options);
  await source.open(AbortSignal.timeout(60_000));
  const deliveries = [];
  while (deliveries.length < 20) deliveries.push(...(await source.receive(100, AbortSignal.timeout(10_000))));
  for (const offset of settle)
    source.settle(deliveries.filter((delivery) => delivery.origin.offset === String(offset)));
  process.send('settled');
  for (;;) await source.receive(100, AbortSignal.timeout(10_000));
});
