/** The first steps of a user whose Kafka has no topics yet. */
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli, cli, until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

jest.setTimeout(240_000);

describeWith(
  ['java', 'maven', 'dataset', 'kafka-addon'],
  'the first steps with a Kafka that has no topics',
  () => {
    let kafka: KafkaServer;
    let flags: string[];
    beforeAll(async () => {
      kafka = await KafkaServer.create();
      flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    }, 240_000);
    afterAll(() => kafka.close());

    it('publish names the missing topic and the command that creates it', async () => {
      const { code, stderr } = await cli(['publish', ...flags, '--topic', 'nowhere', '--end', '1']);
      expect(stderr).toMatch(/^error TOPIC_MISSING: the topic nowhere does not exist.*topics create/m);
      expect(code).toBe(1);
    });

    it('doctor and tail report missing topics, and recover when they are created', async () => {
      const lost = await cli(['doctor', ...flags, '--port', '0']);
      expect(lost.stdout).toMatch(/✗ topics +images, predictions, images\.dlq do not exist\n.*topics create/);
      expect(lost.code).toBe(5);

      const tail = new Cli(['tail', ...flags, '--from', 'earliest', '--limit', '1']);
      await until(
        () => /still waiting: .*predictions/.test(tail.stderr),
        120_000,
        () => tail.stderr,
      );
      const made = await cli(['topics', 'create', ...flags, '--partitions', '2']);
      expect(made).toMatchObject({
        code: 0,
        stdout: 'created images, predictions, images.dlq\n',
        stderr: '',
      });
      const again = await cli(['topics', 'create', ...flags, '--partitions', '9']);
      expect(again.stderr).toBe(
        'images, predictions: exists already; the number of partitions was not changed\n',
      );
      expect((await cli(['doctor', ...flags, '--port', '0'])).stdout).toMatch(/✓ topics /);

      expect((await cli(['publish', ...flags, '--end', '1'])).code).toBe(0);
      expect((await cli(['run', ...flags, '--no-http', '--limit', '1'])).code).toBe(0);
      expect(await tail.finished).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('images/') as string,
      });
    });

    it('publish sends a folder with one subfolder for each class, and predictions have its truth', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'stream-infer-photos-'));
      mkdirSync(join(folder, 'Ankle boot'));
      cpSync('examples/ankle-boot.png', join(folder, 'Ankle boot/one.png'));
      writeFileSync(join(folder, 'Ankle boot/two.png'), 'text');
      const topics = ['--input-topic', 'photos', '--output-topic', 'photos.predictions'];
      const sent = await cli(['publish', ...flags, ...topics, '--create-topics', '--images', folder]);
      expect(sent).toMatchObject({
        code: 1,
        stdout: 'published 1 image to photos; skipped 1 file\n',
        stderr: `skipped: ${join(folder, 'Ankle boot/two.png')} is not an image; PNG, JPEG and WebP are published\n`,
      });
      const run = await cli(['run', ...flags, ...topics, '--no-http', '--limit', '1', '--print', '--json']);
      expect(JSON.parse(run.stdout)).toMatchObject({
        className: 'Ankle boot',
        correct: true,
      });
    });

    it('publish names the flags that do not go together', async () => {
      const { code, stderr } = await cli(['publish', ...flags, '--images', '.', '--start', '5']);
      expect([code, stderr]).toEqual([
        2,
        'error USAGE: --start is for dataset images; omit it with --images\n',
      ]);
      expect((await cli(['publish', ...flags, '--limit', '5'])).stderr).toContain('--limit needs --images');
      const empty = mkdtempSync(join(tmpdir(), 'stream-infer-empty-'));
      expect((await cli(['publish', ...flags, '--images', empty])).stderr).toContain(
        `there are no PNG, JPEG or WebP files in ${empty}`,
      );
    });

    it.each([
      ['no.such.host.invalid:9092', 3, /BROKER_UNREACHABLE.*the host name cannot be resolved/],
      ['127.0.0.1:1', 3, /BROKER_UNREACHABLE.*cannot connect: Connection refused/],
      ['', 2, /CONFIG_INVALID[^]*bootstrap\.servers: it contains no broker/],
    ])('a command reports the problem of the address %j', async (address, code, message) => {
      const finished = await cli(['dlq', 'list', '--broker', 'kafka', '--bootstrap-servers', address]);
      expect(finished.stderr).toMatch(message);
      expect(finished.code).toBe(code);
    });
  },
);
