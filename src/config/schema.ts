import { z } from 'zod';
import { INVERT_MODES } from '../core/image';
import { HEADER_MODES } from '../core/header-mode';
import { BROKER_KINDS } from '../core/message';
import { DEFAULT_MODEL } from '../core/default-model';
import { MODEL_CONTROLS } from '../core/model-version';
import { PRECISIONS } from '../core/precision';
import { RUNTIME_NAMES } from '../core/runtime-name';

import { duration } from './duration-schema';
import { SUBSCRIPTION, SUBSCRIPTION_RULE, TOPIC, TOPIC_RULE } from './names';
import { rulesSchema } from './rules';

/** What is promised about predictions when something crashes. */
export const DELIVERY_MODES = ['at-least-once', 'exactly-once'] as const;

const topic = z.string().regex(TOPIC, TOPIC_RULE);
const subscription = z.string().regex(SUBSCRIPTION, SUBSCRIPTION_RULE);
const count = z.number().int().positive();
const bytes = z.number().int().positive();
/**
 * Every setting with its default. Objects are strict: an unknown key is an error. Descriptions end up in the JSON Schema
 * that `config schema` prints for editors.
 */
export const configSchema = z.strictObject({
  broker: z.enum(BROKER_KINDS).default('memory').describe('Where images come from and predictions go to.'),
  instanceId: z
    .string()
    .min(1)
    .optional()
    .describe('Names this process to the broker; kept on disk if absent.'),
  input: z
    .strictObject({
      topic: topic.default('images').describe('Topic that images are read from.'),
      group: z.string().min(1).max(249).default('stream-infer').describe('Kafka consumer group.'),
      subscription: subscription
        .optional()
        .describe('Pub/Sub subscription, also of another project; <topic>-sub if absent.'),
      from: z.enum(['earliest', 'latest']).default('earliest').describe('Where a new group starts.'),
    })
    .prefault({}),
  output: z
    .strictObject({
      topic: topic.default('predictions').describe('Topic that predictions are written to.'),
      headers: z
        .enum(HEADER_MODES)
        .default('json')
        .describe(
          'Headers added to a prediction: none, json (content-type), or cloudevents (also label, confidence, source-id and ce_* or ce-*).',
        ),
      dlq: topic.optional().describe('Topic for what is not an image; <input topic>.dlq if absent.'),
      events: topic.default('events').describe('Topic for what the rules notice.'),
      alerts: topic.default('alerts').describe('Topic for the numbered alerts among them.'),
      disagreements: topic
        .default('disagreements')
        .describe('Topic for what a model in the shadow labels in another way.'),
    })
    .prefault({}),
  delivery: z
    .enum(DELIVERY_MODES)
    .default('at-least-once')
    .describe(
      'What is promised about predictions after a crash: none missing, or none missing and none twice.',
    ),
  createTopics: z
    .boolean()
    .optional()
    .describe('Make missing topics; on for memory, embedded and the Pub/Sub emulator.'),
  kafka: z
    .strictObject({
      properties: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
        .default({})
        .describe('librdkafka properties, bootstrap.servers among them.'),
      embedded: z.boolean().default(false).describe('Run a Kafka protocol broker inside this process.'),
    })
    .prefault({}),
  pubsub: z
    .strictObject({ project: z.string().min(1).optional().describe('Google Cloud project.') })
    .prefault({}),
  inference: z
    .strictObject({
      model: z.string().min(1).default(DEFAULT_MODEL).describe('name, name@version, or a folder.'),
      runtime: z
        .enum(['auto', ...RUNTIME_NAMES])
        .default('auto')
        .describe('What executes the model.'),
      precision: z
        .enum(['auto', ...PRECISIONS])
        .default('auto')
        .describe('Numbers of the model; auto = int8 where it is exact and faster here, else fp32.'),
      workers: z
        .union([z.literal('auto'), count.max(256)])
        .default('auto')
        .describe('Worker threads; auto = CPU cores.'),
      maxBatch: count.max(4096).default(256).describe('Most images in one batch.'),
      targetP99: duration
        .refine((ms) => ms >= 1 && ms <= 60_000, 'a latency goal is at least 1ms and at most 60s')
        .optional()
        .describe(
          'Latency goal: 99th percentile of the time from arrival in this process to confirmation; none if absent.',
        ),
      maxInFlight: count.max(1_000_000).default(4096).describe('Most messages taken and not yet settled.'),
      maxInFlightBytes: bytes
        .default(64 * 1024 * 1024)
        .describe('Most bytes of messages taken and not yet settled.'),
      maxImageBytes: bytes.default(16 * 1024 * 1024).describe('A larger message becomes a dead letter.'),
      taskTimeout: duration
        .prefault('30s')
        .describe('A worker that does not answer for so long is replaced.'),
      invert: z
        .enum(INVERT_MODES)
        .default('auto')
        .describe('Invert encoded images with a bright background.'),
    })
    .prefault({}),
  models: z
    .strictObject({
      control: z
        .enum(MODEL_CONTROLS)
        .default('none')
        .describe(
          'Who may exchange the model while it serves: none, poll (the newest version in its folder) or explicit (calls).',
        ),
      pollInterval: duration
        .prefault('5s')
        .refine((ms) => ms >= 100, 'a folder is looked at every 100ms at most')
        .describe('With poll: how often the folder is looked at.'),
      trial: duration
        .prefault('60s')
        .refine((ms) => ms > 0 && ms <= 86_400_000, 'a trial is longer than 0 and at most 24h')
        .describe('How long the version before stays warm, to take over again when errors rise.'),
      maxAccuracyDrop: z
        .number()
        .min(0)
        .max(1)
        .default(0.02)
        .describe('How much smaller a share of the held-out images a new version may label right.'),
      maxSlowdown: z
        .number()
        .min(1)
        .max(1000)
        .default(5)
        .describe('How many times as long a new version may take for a batch.'),
    })
    .prefault({}),
  http: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Serve the page and the API.'),
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: z
        .number()
        .int()
        .min(0)
        .max(65_535)
        .default(8080)
        .describe('Port to listen on; 0 picks a free one.'),
      token: z
        .string()
        .min(8)
        .optional()
        .describe('Bearer token that every request must carry; a must off loopback.'),
      allowedHosts: z
        .array(z.string().min(1))
        .default([])
        .describe('Further Host names that requests may carry.'),
    })
    .prefault({}),
  store: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .optional()
        .describe(
          'File that results outlast the process in, or none. If absent: predictions.db in the data folder; none with memory, embedded, or without HTTP and rules.',
        ),
      images: z
        .enum(['all', 'wrong', 'none'])
        .default('all')
        .describe('Whose images are stored: of all predictions, of the wrong ones, or none.'),
      retainRows: count
        .max(100_000_000)
        .default(1_000_000)
        .describe('Predictions kept; the oldest leave. In memory 5000 at most.'),
      retainDays: z.number().positive().max(36_500).default(30).describe('Days that predictions are kept.'),
    })
    .prefault({}),
  alerts: rulesSchema.default([]).describe('Rules: what is worth noticing in predictions and dead letters.'),
  webhook: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/, error: 'a webhook is an http or https address' })
        .optional()
        .describe('Where alerts are posted to as JSON.'),
      secret: z
        .string()
        .min(16)
        .optional()
        .describe('Key of the signature (Standard Webhooks); a must with url.'),
      timeout: duration
        .prefault('10s')
        .refine((ms) => ms > 0 && ms <= 60_000, 'a time-out is longer than 0 and at most 60s')
        .describe('A try that has no answer by then has failed.'),
      allowPrivateNetwork: z
        .boolean()
        .default(false)
        .describe('Also post to loopback and private addresses.'),
    })
    .prefault({}),
  demo: z
    .strictObject({
      enabled: z
        .boolean()
        .optional()
        .describe('Publish real test images all the time; on with the memory broker.'),
      rate: z
        .number()
        .positive()
        .max(1_000_000)
        .default(40)
        .describe('Images a second of the demo publisher.'),
      badShare: z
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe('Messages that are no image, for each demo image, so that there are dead letters.'),
    })
    .prefault({}),
  dataDir: z.string().min(1).optional().describe('Folder with the Fashion-MNIST files.'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('Least level that is logged.'),
      format: z
        .enum(['auto', 'json', 'pretty'])
        .default('auto')
        .describe('auto: pretty on a terminal, else json.'),
    })
    .prefault({}),
  shutdownTimeout: duration.prefault('25s').describe('Budget of a drain.'),
});

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
