// @ts-check
// How to test your own handler without a broker: node --test examples/handler.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectBroker, fromJson, toJson } from 'stream-infer';
import { createMemoryBroker } from 'stream-infer/testing';
import { until } from './broker.mjs';

/** The handler under test: books the ordered shirts. */
class Stock {
  shirts = 3;

  /** @param {{ value: { count: number } }} message */
  async onOrder({ value: { count } }) {
    if (count > this.shirts) throw new Error(`only ${this.shirts} left`);
    this.shirts -= count;
  }
}

test('an order that cannot be met is attempted three times and becomes a dead letter', async () => {
  const broker = await connectBroker({ kind: 'adapter', adapter: createMemoryBroker(), createTopics: true });
  const stock = new Stock();
  /** @type {string[]} */
  const errors = [];
  /** @type {string[]} */
  const letters = [];
  broker.createConsumer(
    'orders',
    {
      group: 'stock',
      deserialize: fromJson((value) => /** @type {{ count: number }} */ (value)),
      onError: (error) => void errors.push(error.code),
    },
    (message) => stock.onOrder(message),
  );
  broker.createConsumer('orders.dlq', { group: 'test' }, ({ value }) => void letters.push(value.toString()));

  const orders = broker.createProducer('orders', { serialize: toJson });
  await orders.sendAll([{ value: { count: 2 } }, { value: { count: 5 } }]);

  await until(() => letters.length === 1);
  assert.equal(stock.shirts, 1);
  assert.deepEqual(letters, ['{"count":5}']);
  assert.deepEqual(errors, ['HANDLER_FAILED', 'HANDLER_FAILED', 'HANDLER_FAILED']);
  await broker.close();
});
