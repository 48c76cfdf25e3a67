/** `stream-infer clean` after a demo on a real Kafka deletes everything that the demo created, and nothing else. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import type { Broker } from '../../src/core/ports';
import { silentContext } from '../helpers/broker-context';
import { Cli, cli } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

const TIMEOUT = 240_000;
jest.setTimeout(2 * TIMEOUT);

interface Report {
  readonly removed: string[];
  readonly toRemove?: string[];
  readonly left: { what: string; why: string }[];
}

describeWith(['java', 'maven', 'kafka-addon'], 'clean', () => {
  let server: KafkaServer;
  let broker: Broker;

  beforeAll(async () => {
    server = await KafkaServer.create();
    broker = createKafkaBroker(
      { properties: { 'bootstrap.servers': server.bootstrapServers }, embedded: false },
      silentContext('test-clean'),
    );
  });

  afterAll(async () => {
    await broker?.close();
    await server?.close();
  });

  /** Creates missing topics and returns them. */
  async function missing(...topics: string[]): Promise<string[]> {
    const admin = broker.createAdmin();
    const made = await admin.createTopics(topics.map((topic) => ({ topic, partitions: 1 })));
    await admin.close();
    return made;
  }

  it('removes what a demo created, but not older topics or files in use', async () => {
    const home = mkdtempSync(join(tmpdir(), 'stream-infer-home-'));
    const folder = join(home, 'stream-infer');
    const env = { XDG_DATA_HOME: home };
    const flags = ['--broker', 'kafka', '--bootstrap-servers', server.bootstrapServers];
    expect(await missing('images')).toEqual(['images']);
    const demo = await cli(['demo', ...flags, '--port', '0', '--workers', '1', '--limit', '40'], env);
    expect([demo.code, demo.stderr]).toEqual([0, expect.stringContaining('main.js clean')]);
    expect(existsSync(join(folder, 'predictions.db'))).toBe(true);

    const serve = new Cli(['serve', ...flags, '--port', '0'], env);
    try {
      await serveReady(serve);
      const refused = await cli(['clean', ...flags], env);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
      expect(refused.stdout).toContain('topic predictions\n');
      expect(existsSync(join(folder, 'predictions.db'))).toBe(true);

      const first = await cli(['clean', ...flags, '--yes', '--json'], env);
      expect(first.code).toBe(1);
      const { removed, left } = JSON.parse(first.stdout) as Report;
      expect(removed.filter((name) => name.startsWith('topic')).sort()).toEqual(
        ['alerts', 'events', 'images.dlq', 'predictions'].map((topic) => `topic ${topic}`),
      );
      expect(removed).toContain(join(folder, 'predictions.db'));
      const reasons = new Map(left.map(({ what, why }) => [what, why]));
      expect(reasons.get('topic images')).toMatch(/not created by this program/);
      expect(reasons.get(join(folder, 'serve.db'))).toBe('in use by a running process');
      expect(reasons.get(join(folder, 'events'))).toMatch(/may be using it/);
      expect([existsSync(join(folder, 'predictions.db')), existsSync(join(folder, 'serve.db'))]).toEqual([
        false,
        true,
      ]);
    } finally {
      await serve.stop();
    }

    const second = await cli(['clean', ...flags, '--yes', '--json'], env);
    expect([second.code, second.stderr]).toEqual([0, '']);
    expect((JSON.parse(second.stdout) as Report).removed).toEqual(
      expect.arrayContaining([join(folder, 'serve.db'), join(folder, 'events')]),
    );
    expect(existsSync(join(folder, 'serve.db'))).toBe(false);
    const third = await cli(['clean', ...flags], env);
    expect([third.code, third.stdout]).toEqual([0, 'Nothing to remove.\n']);
    expect((await missing('images', 'predictions', 'images.dlq', 'events', 'alerts')).sort()).toEqual([
      'alerts',
      'events',
      'images.dlq',
      'predictions',
    ]);
  });

  async function serveReady(serve: Cli): Promise<void> {
    const deadline = Date.now() + TIMEOUT;
    while (!serve.stderr.includes('page and API') && Date.now() < deadline)
      await new Promise((r) => setTimeout(r, 50));
    await serve.ready(TIMEOUT);
  }

  it('keeps a file that is not a results store', async () => {
    const home = mkdtempSync(join(tmpdir(), 'stream-infer-home-'));
    const file = join(home, 'letters.txt');
    writeFileSync(file, 'Dear Ada, this is not a database; please keep it.'.repeat(20));
    const { code, stderr } = await cli(['clean', '--store', file, '--yes'], { XDG_DATA_HOME: home });
    expect([code, stderr]).toEqual([1, expect.stringContaining('not a results store')]);
    expect(existsSync(file)).toBe(true);
  });
});
