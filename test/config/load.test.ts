import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { mistypedVariables } from '../../src/config/environment';
import { EXAMPLE_CONFIG } from '../../src/config/example';
import { setAt, type ConfigLayer } from '../../src/config/layers';
import { loadConfig } from '../../src/config/load';
import { deadLetterSubscription, deadLetterTopic, inputSubscription } from '../../src/config/topics';
import { configSchema } from '../../src/config/schema';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stream-infer-config-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  return file;
}

function flag(path: string, value: unknown): ConfigLayer {
  const layer: ConfigLayer = { values: {}, sources: new Map() };
  setAt(layer, path.split('.'), value, 'flag');
  return layer;
}

function messageFor(places: Parameters<typeof loadConfig>[0]): string {
  try {
    loadConfig(places);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('a mistake was expected');
}

describe('loading the configuration', () => {
  it('gives every setting its default', () => {
    const { config } = loadConfig({ env: {} });
    expect(config).toMatchObject({
      broker: 'memory',
      input: { topic: 'images', group: 'stream-infer', from: 'earliest' },
      inference: { maxBatch: 256, maxInFlight: 4096, taskTimeout: 30_000 },
      http: { host: '127.0.0.1', port: 8080 },
      shutdownTimeout: 25_000,
    });
  });

  it('prefers a flag to the environment, that to the file, and that to the default, and says which won', () => {
    const file = write('http: { port: 1 }\ninput: { topic: file }\noutput: { topic: file }\n');
    const env = { STREAM_INFER_HTTP_PORT: '2', STREAM_INFER_INPUT_TOPIC: 'environment' };
    const { config, sources } = loadConfig({ flags: flag('http.port', 3), env, file });
    expect([config.http.port, config.input.topic, config.output.topic]).toEqual([3, 'environment', 'file']);
    expect(sources.get('http.port')).toBe('flag');
    expect(sources.get('input.topic')).toBe('environment STREAM_INFER_INPUT_TOPIC');
    expect(sources.get('output.topic')).toBe(`file ${file}`);
    expect(sources.get('broker')).toBeUndefined();
  });

  it('adds one header to predictions by default, and names the choices', () => {
    const env = { STREAM_INFER_OUTPUT_HEADERS: 'cloudevents' };
    expect(loadConfig({ env: {} }).config.output.headers).toBe('json');
    expect(loadConfig({ env }).config.output.headers).toBe('cloudevents');
    expect(loadConfig({ flags: flag('output.headers', 'none'), env }).config.output.headers).toBe('none');
    expect(() => loadConfig({ flags: flag('output.headers', 'ce'), env: {} })).toThrow(
      /output\.headers.*none.*json.*cloudevents/s,
    );
  });

  it("reads the ecosystem's own variables, and the program's own before them", () => {
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: 'k:1',
      GOOGLE_CLOUD_PROJECT: 'p',
      LOG_LEVEL: 'debug',
      STREAM_INFER_LOG_LEVEL: 'warn',
    };
    const { config } = loadConfig({ env });
    expect(config.kafka.properties).toEqual({ 'bootstrap.servers': 'k:1' });
    expect(config.pubsub.project).toBe('p');
    expect(config.log.level).toBe('warn');
  });

  it('reads Kafka properties from the environment one by one, each with its source, over those of the file', () => {
    const file = write('kafka: { properties: { client.id: file, linger.ms: 7 } }\n');
    const env = { STREAM_INFER_KAFKA_PROPERTIES: 'client.id=x,y\nbootstrap.servers=a:1,b:2' };
    const { config, sources } = loadConfig({ env, file });
    expect(config.kafka.properties).toEqual({
      'bootstrap.servers': 'a:1,b:2',
      'client.id': 'x,y',
      'linger.ms': '7',
    });
    expect(sources.get('kafka.properties.client.id')).toBe('environment STREAM_INFER_KAFKA_PROPERTIES');
    expect(sources.get('kafka.properties.linger.ms')).toBe(`file ${file}`);
  });

  it('reads numbers, booleans, lists and words from the environment', () => {
    const env = {
      STREAM_INFER_INFERENCE_WORKERS: '3',
      STREAM_INFER_INFERENCE_MAX_BATCH: '32',
      STREAM_INFER_DEMO_ENABLED: 'false',
      STREAM_INFER_HTTP_ALLOWED_HOSTS: 'a.example, b.example',
      STREAM_INFER_SHUTDOWN_TIMEOUT: '5s',
    };
    const { config } = loadConfig({ env });
    expect(config.inference).toMatchObject({ workers: 3, maxBatch: 32 });
    expect(config.demo.enabled).toBe(false);
    expect(config.http.allowedHosts).toEqual(['a.example', 'b.example']);
    expect(config.shutdownTimeout).toBe(5_000);
  });

  it('lists every mistake at once, each with path, value, place and suggestion', () => {
    const file = write('brokr: kafka\nhttp: { port: 99999, hsot: x }\ninference: { maxBatch: many }\n');
    const message = messageFor({ file, env: { STREAM_INFER_BROKER: 'rabbit' } });
    expect(message).toContain('4 mistakes'.replace('4', '5'));
    expect(message).toMatch(/brokr: unknown setting; did you mean broker\?/);
    expect(message).toMatch(/http\.hsot: unknown setting; did you mean http\.host\?/);
    expect(message).toMatch(/http\.port: .*got 99999 \(file .*config\.yaml\)/);
    expect(message).toMatch(/inference\.maxBatch: .*got "many"/);
    expect(message).toMatch(
      /broker: expected one of memory, kafka, pubsub; got "rabbit" \(environment STREAM_INFER_BROKER\)/,
    );
  });

  it('leaves the precision to a measurement by default, on every runtime', () => {
    const { config } = loadConfig({ env: {}, flags: flag('inference.runtime', 'tfjs-node') });
    expect(config.inference.precision).toBe('auto');
  });

  it('refuses a precision that the runtime does not have, and names the remedy', () => {
    const env = { STREAM_INFER_INFERENCE_PRECISION: 'int8' };
    expect(loadConfig({ env }).config.inference).toMatchObject({ precision: 'int8', runtime: 'auto' });
    expect(messageFor({ env, flags: flag('inference.runtime', 'tfjs-node') })).toMatch(
      /inference\.precision: int8 runs on onnx only, not on tfjs-node; .*--precision fp32/,
    );
  });

  it('never shows a secret in a message', () => {
    const mistakes = [
      { env: { STREAM_INFER_HTTP_TOKEN: 'hunter2' } },
      { env: { STREAM_INFER_KAFKA_PROPERTIES: '{"sasl.password": "hunter2"' } },
      { env: { STREAM_INFER_KAFKA_PROPERTIES: '{"basic.auth.user.info": ["hunter2"]}' } },
      { flags: flag('webhook', 'https://hooks.example/hunter2'), env: {} },
      { flags: flag('http.host', { token: 'hunter2' }), env: {} },
      { file: write('kafka: { properties: { sasl.password: "hunter2 } }\n'), env: {} },
      { file: write('kafka: { properties: { sasl.password: *hunter2 } }\n'), env: {} },
    ];
    for (const places of mistakes) expect(messageFor(places)).not.toContain('hunter2');
    expect(messageFor({ file: write('http:\n  token: *secret\n'), env: {} })).toMatch(
      /line 2: text that begins/,
    );
  });

  it('substitutes variables, defaults and secret files', () => {
    writeFileSync(join(folder, 'secret'), 'from-a-file\n');
    const file = write(
      `http: { token: "\${file:${join(folder, 'secret')}}" }\ninput: { topic: "\${TOPIC:-fallback}" }\n`,
    );
    expect(loadConfig({ file, env: {} }).config).toMatchObject({
      http: { token: 'from-a-file' },
      input: { topic: 'fallback' },
    });
    expect(loadConfig({ file, env: { TOPIC: 'given' } }).config.input.topic).toBe('given');
  });

  it.each([
    ['a missing variable', 'broker: "${NOPE}"', /NOPE.* is not set/],
    ['a member of every object', 'broker: "${constructor}"', /constructor.* is not set/],
    ['a missing secret', 'http: { token: "${file:/nowhere}" }', /cannot read the secret \/nowhere/],
    ['YAML that does not parse', 'broker: [', /config\.yaml: /],
    ['a list instead of a map', '- 1', /must hold a map/],
    ['a bad duration', 'shutdownTimeout: soon', /shutdownTimeout: a duration is/],
    ['a bad topic', 'input: { topic: "a b" }', /input\.topic: a topic name has/],
    ['a topic that Kafka has not', 'broker: kafka\noutput: { dlq: "a~b" }', /output\.dlq: a topic name has/],
    [
      'a project on Kafka',
      'broker: kafka\ninput: { topic: projects/p/topics/t }',
      /input\.topic: a topic name/,
    ],
    [
      'a topic as a subscription',
      'input: { subscription: projects/p/topics/t }',
      /input\.subscription: a sub/,
    ],
  ])('names %s', (_name, text, expected) => {
    expect(messageFor({ file: write(text), env: {} })).toMatch(expected);
  });

  it('takes the names of Pub/Sub, also those of other projects, and makes others from the last part', () => {
    const file = write(
      'broker: pubsub\ninput: { topic: "projects/p:q/topics/a~b+c%d", subscription: projects/o-1/subscriptions/s }\n',
    );
    const { config } = loadConfig({ file, env: {} });
    expect(inputSubscription(config)).toBe('projects/o-1/subscriptions/s');
    expect(deadLetterTopic(config)).toBe('a~b+c%d.dlq');
    expect(deadLetterSubscription(config)).toBe('a~b+c%d.dlq-sub');
  });

  it('names a file that is not there', () => {
    expect(messageFor({ file: '/nowhere.yaml', env: {} })).toMatch(
      /cannot read the configuration file \/nowhere\.yaml/,
    );
  });

  it('keeps __proto__ in a file from reaching any object', () => {
    const file = write('"__proto__": { polluted: true }\n');
    expect(messageFor({ file, env: {} })).toMatch(/__proto__/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('has an example that is valid', () => {
    expect(configSchema.safeParse(parse(EXAMPLE_CONFIG)).error).toBeUndefined();
  });

  it('knows variables that were mistyped from those of other programs', () => {
    const env = {
      STREAM_INFER_HTTP_PROT: '1',
      STREAM_INFER_HTTP_PORT: '1',
      STREAM_INFER_SERVICE_HOST: '10.0.0.1',
      STREAM_INFER_PORT: 'tcp://10.0.0.1:8080',
      HTTP_PROT: '1',
    };
    expect(mistypedVariables(env)).toEqual([
      'STREAM_INFER_HTTP_PROT is not a setting; did you mean STREAM_INFER_HTTP_PORT?',
    ]);
  });

  it('ignores variables of Kubernetes that resemble a setting, and reports them', () => {
    const env = { STREAM_INFER_HTTP_PORT: 'tcp://10.0.0.1:8080' };
    expect(loadConfig({ env }).config.http.port).toBe(8080);
    expect(mistypedVariables(env)).toEqual([expect.stringContaining('enableServiceLinks: false')]);
    expect(messageFor({ env: { STREAM_INFER_HTTP_PORT: 'tcp' } })).toContain('http.port');
  });

  it('refuses to embed another broker than Kafka', () => {
    for (const STREAM_INFER_BROKER of ['pubsub', 'memory'])
      expect(messageFor({ env: { STREAM_INFER_BROKER, STREAM_INFER_KAFKA_EMBEDDED: 'true' } })).toMatch(
        new RegExp(`kafka.embedded.*the broker is ${STREAM_INFER_BROKER}.*--broker kafka`),
      );
  });

  it('refuses exactly-once where there are no transactions, with the remedy', () => {
    const exactlyOnce = flag('delivery', 'exactly-once');
    expect(messageFor({ flags: exactlyOnce, env: {} })).toMatch(/memory broker.*--broker kafka/);
    const embedded = { STREAM_INFER_BROKER: 'kafka', STREAM_INFER_KAFKA_EMBEDDED: 'true' };
    expect(messageFor({ flags: exactlyOnce, env: embedded })).toMatch(
      /embedded Kafka.*--delivery at-least-once/,
    );
    const { config } = loadConfig({ flags: exactlyOnce, env: { STREAM_INFER_BROKER: 'kafka' } });
    expect(config.delivery).toBe('exactly-once');
  });
});
