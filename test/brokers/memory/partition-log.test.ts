import { PartitionLog, type StoredMessage } from '../../../src/brokers/memory/partition-log';

function stored(text: string): StoredMessage {
  return { key: null, value: Buffer.from(text), headers: [], timestamp: 0, bytes: text.length };
}

test('a partition keeps the last messages and drops the oldest', () => {
  const log = new PartitionLog(3);
  expect([log.start, log.end, log.full]).toEqual([0, 0, false]);
  for (const text of ['a', 'b', 'c', 'd', 'e']) log.append(stored(text));
  expect([log.start, log.end, log.full]).toEqual([2, 5, true]);
  expect([1, 2, 4, 5].map((offset) => log.at(offset)?.value?.toString())).toEqual([
    undefined,
    'c',
    'e',
    undefined,
  ]);
});
