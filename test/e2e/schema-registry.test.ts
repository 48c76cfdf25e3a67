/** Records with a registered schema from Confluent's Python client, over a real Kafka and a real registry. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type protobuf from 'protobufjs';
import { frame } from '../../src/schema-registry/frame';
import { loadProtobuf } from '../../src/schema-registry/protobuf-library';
import { cli, until, type Cli } from '../helpers/cli';
import { commandLinesOf } from '../helpers/docs';
import { KafkaServer } from '../helpers/kafka';
import { KafkaRun } from '../helpers/kafka-run';
import { describeWithPackages, python } from '../helpers/python';
import { SchemaRegistry } from '../helpers/schema-registry';

jest.setTimeout(300_000);

const RECORDS = 12;
const IMAGES = 5;
const PATIENCE_MS = 60_000;

interface Predicted {
  readonly id: string;
  readonly className: string;
  readonly confidence: number;
  readonly truth?: number;
  readonly correct?: boolean;
}

describeWithPackages(
  'requirements-schema.txt',
  ['java', 'maven', 'kafka-addon', 'dataset'],
  'records with a registered schema',
  () => {
    let kafka: KafkaServer;
    let registry: SchemaRegistry;
    beforeAll(async () => {
      [kafka, registry] = await Promise.all([KafkaServer.create(), SchemaRegistry.create()]);
    }, 300_000);
    afterAll(async () => {
      await Promise.all([kafka.close(), registry.close()]);
    });

    it('are classified by their image, wait for the registry, and are refused without a schema', async () => {
      const run = new KafkaRun(kafka);
      const unknown = Buffer.concat([frame(999_999), Buffer.from('record')]);
      await run.publish([Buffer.alloc(784), unknown]);
      await python(
        'schema_client.py',
        ['produce', kafka.bootstrapServers, registry.url, run.input, '0', String(RECORDS)],
        {},
        'requirements-schema.txt',
      );
      // The command of the guide, with this broker and this registry.
      const [command] = commandLinesOf('docs/guides/schema-registry.md');
      expect(command?.text).toMatch(
        /^SCHEMA_REGISTRY_URL=\S+ npx --no-install stream-infer run --broker kafka$/,
      );
      const program = run.start([], {
        SCHEMA_REGISTRY_URL: registry.url,
        STREAM_INFER_SCHEMA_REGISTRY_TIMEOUT: '500ms',
      });
      const explain = () => program.stderr;
      const fates = await run.fates(RECORDS + 2, explain);
      expect([...fates].map(([offset, [first]]) => [offset, first?.what]).sort(byOffset)).toEqual([
        [0, 'prediction'],
        [1, 'SCHEMA_UNKNOWN'],
        ...Array.from({ length: RECORDS }, (_, i) => [i + 2, 'prediction']),
      ]);
      const { predictions } = await program.json<{ predictions: readonly Predicted[] }>(
        '/api/v1/predictions?limit=50',
      );
      const photos = predictions.filter(({ id }) => id.startsWith('photo-'));
      expect(photos).toHaveLength(RECORDS);
      // Of the first test images the model knows nearly all; without the right label, about one in ten.
      expect(photos.filter(({ correct }) => correct === true).length).toBeGreaterThan(RECORDS - 3);

      registry.signal('SIGSTOP');
      await run.publish([Buffer.concat([frame(999_998), Buffer.from('record')])]);
      await until(
        async () => (await readiness(program)).includes('no answer within 500 ms'),
        PATIENCE_MS,
        explain,
      );
      expect(await readiness(program)).toMatch(/^503 The schema registry http.*; consumption paused\.$/);
      registry.signal('SIGCONT');
      const last = await run.fates(RECORDS + 3, explain);
      expect(last.get(RECORDS + 2)?.map(({ what }) => what)).toEqual(['SCHEMA_UNKNOWN']);
      await until(async () => (await readiness(program)).startsWith('200'), PATIENCE_MS, explain);
      expect((await program.stop()).code).toBe(0);
      await run.close();
    });

    it.each(['avro', 'protobuf', 'json'])('are what predictions become, as %s', async (format) => {
      const run = new KafkaRun(kafka);
      await run.publish(Array.from({ length: IMAGES }, (_, i) => Buffer.alloc(784, i)));
      const settings = { SCHEMA_REGISTRY_URL: registry.url, STREAM_INFER_OUTPUT_SCHEMA: format };
      const program = run.start([], settings);
      const stored = async () =>
        (await program.json<{ predictions: readonly Predicted[] }>(`/api/v1/predictions?limit=${IMAGES}`))
          .predictions;
      await until(
        async () => (await stored()).length === IMAGES,
        PATIENCE_MS,
        () => program.stderr,
      );
      const { output } = run.settings as { output: { topic: string } };
      const args = [
        kafka.bootstrapServers,
        registry.url,
        output.topic,
        format,
        await descriptorOfPredictions(),
      ];
      const read = await python('schema_client.py', ['consume', ...args], {}, 'requirements-schema.txt');
      const predictions = await stored();
      const found = (JSON.parse(read) as Predicted[]).map(({ id, className, confidence }) => ({
        ...{ id, className, confidence },
      }));
      expect(found.sort(byId)).toEqual(
        predictions
          .map(({ id, className, confidence }) => ({
            ...{ id, className, confidence },
          }))
          .sort(byId),
      );
      expect((await program.stop()).code).toBe(0);

      // Readers of this program understand the predictions too.
      const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
      const tail = [
        ...flags,
        '--output-topic',
        output.topic,
        '--from',
        'earliest',
        '--limit',
        String(IMAGES),
      ];
      const { stdout, stderr } = await cli(['tail', ...tail, '--json'], settings);
      const printed = stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Predicted).id);
      expect([printed.sort(), stderr]).toEqual([found.map(({ id }) => id), expect.any(String)]);
      await run.close();
    });
  },
);

/** Compiled, for Google's runtime. */
async function descriptorOfPredictions(): Promise<string> {
  const library = await loadProtobuf();
  const text = readFileSync(join(__dirname, '../../schema/prediction.proto'), 'utf8');
  const { root } = library.parse(text, new library.Root(), { keepCase: true });
  const set = (root as unknown as { toDescriptor(edition: string): protobuf.Message }).toDescriptor('proto3');
  return Buffer.from(set.$type.encode(set).finish()).toString('base64');
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function byOffset([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return Number(a) - Number(b);
}

async function readiness({ url }: Cli): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  const { reasons = [] } = (await response.json()) as { reasons?: string[] };
  return `${response.status} ${reasons.join(' ')}`.trim();
}
