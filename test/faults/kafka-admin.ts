/** Operator actions on topics and groups while the program runs. */
import { connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { createConsumer } from '../../src/brokers/kafka/native';
import { pause } from './watch';

/** For one request, ms. */
const TIMEOUT = 15_000;

/** Waits for a broker that was frozen: its controller shuts it out until it is heard again. */
export async function createTopic(
  servers: string,
  topic: string,
  num_partitions: number,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const request = { topic, num_partitions, replication_factor: 1, config: { ...config } };
  for (let tries = 1; ; tries++) {
    try {
      return await withAdmin(servers, (admin, done) => admin.createTopic(request, TIMEOUT, done));
    } catch (error) {
      if (tries === 40 || !/fenced/.test((error as Error).message)) throw error;
      await pause(500);
    }
  }
}

export function deleteTopic(servers: string, topic: string): Promise<void> {
  return withAdmin(servers, (admin, done) => admin.deleteTopic(topic, TIMEOUT, done));
}

/** @param total how many the topic has then */
export function addPartitions(servers: string, topic: string, total: number): Promise<void> {
  return withAdmin(servers, (admin, done) => admin.createPartitions(topic, total, TIMEOUT, done));
}

/** A group as the broker describes it. */
export interface GroupState {
  readonly stable: boolean;
  readonly members: readonly {
    /** `group.instance.id` of a static member. */
    readonly instance: string | undefined;
    /** As `topic/partition`. */
    readonly assignment: readonly string[];
  }[];
}

/** Polls the group with one client until the condition holds; false on a timeout. */
export async function groupBecomes(
  { servers, group }: { servers: string; group: string },
  isSo: (state: GroupState) => boolean,
  timeoutMs: number,
): Promise<boolean> {
  const admin = loadKafka().AdminClient.create({ 'bootstrap.servers': servers });
  try {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      // The broker may be away.
      const state = await groupState(admin, group).catch(() => undefined);
      if (state !== undefined && isSo(state)) return true;
      await pause(5);
    }
    return false;
  } finally {
    admin.disconnect();
  }
}

export async function describeGroup(servers: string, group: string): Promise<GroupState> {
  const admin = loadKafka().AdminClient.create({ 'bootstrap.servers': servers });
  try {
    return await groupState(admin, group);
  } finally {
    admin.disconnect();
  }
}

function groupState(admin: Admin, group: string): Promise<GroupState> {
  const { STABLE } = loadKafka().ConsumerGroupStates;
  return new Promise((resolve, reject) =>
    admin.describeGroups([group], { timeout: TIMEOUT }, (error, result) => {
      const found = result?.groups[0];
      if (found === undefined) return reject(new Error(error?.message ?? `no group ${group}`));
      resolve({
        stable: found.state === STABLE,
        members: found.members.map(({ groupInstanceId, assignment }) => ({
          instance: groupInstanceId,
          assignment: assignment.topicPartitions.map(({ topic, partition }) => `${topic}/${partition}`),
        })),
      });
    }),
  );
}

/** Deletes the records before an offset, like retention. */
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

/** Polls the group's committed offset of each partition without joining the group. */
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
