/** What an operator may do to the topics and a group while the program runs. */
import { connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { createConsumer } from '../../src/brokers/kafka/native';
import { pause } from './watch';

/** For one request, ms. */
const TIMEOUT = 15_000;

export function createTopic(
  servers: string,
  topic: string,
  num_partitions: number,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const request = { topic, num_partitions, replication_factor: 1, config: { ...config } };
  return withAdmin(servers, (admin, done) => admin.createTopic(request, TIMEOUT, done));
}

export function deleteTopic(servers: string, topic: string): Promise<void> {
  return withAdmin(servers, (admin, done) => admin.deleteTopic(topic, TIMEOUT, done));
}

/** @param total how many the topic has then */
export function addPartitions(servers: string, topic: string, total: number): Promise<void> {
  return withAdmin(servers, (admin, done) => admin.createPartitions(topic, total, TIMEOUT, done));
}

/** State, members and their assignments, as the broker describes the group. */
export async function describeGroup(servers: string, group: string): Promise<unknown> {
  let described: unknown;
  await withAdmin(servers, (admin, done) =>
    admin.describeGroups([group], { timeout: TIMEOUT }, (error, result) => {
      described = result?.groups[0];
      done(error);
    }),
  );
  return described;
}

/** As retention does: what is before the offset is gone. */
export function deleteRecordsBefore(
  servers: string,
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  return withAdmin(servers, (admin, done) =>
    admin.deleteRecords([{ topic, partition, offset }], { timeout: TIMEOUT }, done),
  );
}

type Admin = ReturnType<ReturnType<typeof loadKafka>['AdminClient']['create']>;

async function withAdmin(
  servers: string,
  request: (admin: Admin, done: (error?: { message: string } | null) => void) => void,
): Promise<void> {
  const admin = loadKafka().AdminClient.create({ 'bootstrap.servers': servers });
  try {
    await new Promise<void>((resolve, reject) =>
      request(admin, (error) => (error ? reject(new Error(error.message)) : resolve())),
    );
  } finally {
    admin.disconnect();
  }
}

/** Notes the group's committed offset of each partition, again and again, as a member of nothing. */
export async function watchCommits(
  { servers, input: topic, group }: { servers: string; input: string; group: string },
  partitions: number,
): Promise<{ stop(): Promise<number[][]> }> {
  const consumer = createConsumer(loadKafka(), {
    'bootstrap.servers': servers,
    'group.id': group,
    'enable.auto.commit': false,
  });
  consumer.on('event.error', () => undefined);
  await connectClient(consumer);
  const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const histories: number[][] = asked.map(() => []);
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      for (const { partition, offset } of await committed(consumer, asked))
        if (offset !== undefined && offset >= 0) histories[partition]?.push(offset);
      await pause(200);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      await disconnectClient(consumer);
      return histories;
    },
  };
}

type Committed = readonly { readonly partition: number; readonly offset?: number }[];

/** None while the broker does not answer. */
function committed(
  consumer: ReturnType<typeof createConsumer>,
  asked: { topic: string; partition: number }[],
): Promise<Committed> {
  return new Promise((resolve) =>
    consumer.committed(asked, 5_000, (error: unknown, found: Committed) => resolve(error ? [] : found)),
  );
}
