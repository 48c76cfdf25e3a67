import type { Message } from '@google-cloud/pubsub';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EffectivelyOnce } from '../../../src/brokers/pubsub/effectively-once';
import { Inbox } from '../../../src/brokers/pubsub/inbox';
import type { Log } from '../../../src/core/ports';
import { silentLog } from '../../helpers/log';

let folder: string;
let publishedAt = 0;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'once-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Sent {
  readonly message: Message;
  acks: number;
}

/** A message of the client whose acks are answered so. */
function sent(id: string, answer: () => Promise<string> = async () => 'SUCCESS'): Sent {
  const note = { acks: 0 };
  const part = {
    id,
    data: Buffer.alloc(1),
    attributes: {},
    publishTime: new Date(publishedAt),
    deliveryAttempt: 0,
    nack: () => undefined,
    ackWithResponse: async () => {
      note.acks++;
      return await answer();
    },
  };
  return Object.assign(note, { message: part as unknown as Message });
}

async function opened(log: Log = silentLog, exactlyOnce = true): Promise<EffectivelyOnce> {
  const once = new EffectivelyOnce({ folder, subscription: 'images-sub' }, 'me', log);
  await once.open('project', { exactlyOnce });
  return once;
}

function inboxWith(once: EffectivelyOnce): Inbox {
  return new Inbox({ topic: 't', group: 'g', from: 'earliest', maxInFlight: 9, maxInFlightBytes: 99 }, once);
}

const invalid = (): Promise<string> => Promise.reject(new Error('INVALID : the lease has ended'));

test('a message whose ack was refused is redelivered, not delivered to the reader, and only acked', async () => {
  const once = await opened();
  const inbox = inboxWith(once);
  const first = sent('1', invalid);
  inbox.offer(first.message);
  inbox.settle(inbox.take(9));
  const again = sent('1');
  inbox.offer(again.message);
  expect(inbox.take(9)).toEqual([]);
  await once.close();
  expect([first.acks, again.acks]).toEqual([1, 1]);
  expect(once.counts).toEqual({ confirmed: 1, refused: 1, redelivered: 1 });
});

test('after a restart too, whether the ack was confirmed or never sent', async () => {
  const before = await opened();
  const inbox = inboxWith(before);
  for (const { message } of [sent('acked'), sent('refused', invalid)]) inbox.offer(message);
  inbox.settle(inbox.take(9));
  await before.close();

  const after = await opened();
  const next = inboxWith(after);
  for (const id of ['acked', 'refused', 'new']) next.offer(sent(id).message);
  expect(next.take(9).map(({ sourceId }) => sourceId)).toEqual(['new']);
  await after.close();
});

test('the same id with another publish time is another message, as of an emulator that was started again', async () => {
  const once = await opened();
  const inbox = inboxWith(once);
  inbox.offer(sent('1').message);
  inbox.settle(inbox.take(9));
  publishedAt += 1;
  inbox.offer(sent('1').message);
  expect(inbox.take(9)).toHaveLength(1);
  await once.close();
});

test('a table that cannot be written is said so once, and the acks go out all the same', async () => {
  const errors: object[] = [];
  const once = await opened({ ...silentLog, error: (fields) => errors.push(fields) });
  await once.close();
  const messages = [sent('1'), sent('2')];
  for (const { message } of messages) once.acknowledge([message]);
  await once.close();
  expect(messages.map(({ acks }) => acks)).toEqual([1, 1]);
  expect(errors).toHaveLength(1);
  expect(once.isPublished(sent('1').message)).toBe(true);
});

test.each([
  [true, 0],
  [false, 1],
])('exactly-once delivery of the subscription %s: %i warnings', async (exactlyOnce, expected) => {
  const warnings: object[] = [];
  await (await opened({ ...silentLog, warn: (fields) => warnings.push(fields) }, exactlyOnce)).close();
  expect(warnings).toHaveLength(expected);
});

test('each subscription has a table of its own, for any name', async () => {
  const open = async (subscription: string): Promise<EffectivelyOnce> => {
    const once = new EffectivelyOnce({ folder, subscription }, 'me', silentLog);
    await once.open('project', { exactlyOnce: true });
    return once;
  };
  const publishedBy = await open('a+b');
  const inbox = inboxWith(publishedBy);
  const { message } = sent('1');
  inbox.offer(message);
  inbox.settle(inbox.take(9));
  await publishedBy.close();
  const known: boolean[] = [];
  for (const name of [
    'a+b',
    'projects/project/subscriptions/a+b',
    'a~b',
    'projects/other/subscriptions/a+b',
  ]) {
    const once = await open(name);
    known.push(once.isPublished(sent('1').message));
    await once.close();
  }
  expect(known).toEqual([true, true, false, false]);
});
