import { z } from 'zod';
import { INVERT_MODES } from '../core/image';
import { RESIZE_MODES } from '../core/model-shape';
import { BROKER_KINDS } from '../core/message';
import { DEFAULT_MODEL } from '../core/default-model';
import { storeUrlProblem } from '../core/postgres-url';
import { PRECISIONS } from '../core/precision';
import { RUNTIME_NAMES } from '../core/runtime-name';

import { duration } from './duration-schema';
import { grpcSchema } from './grpc';
import { kafkaSchema } from './kafka';
import { eventsSchema, referencesSchema } from './references';
import { labelsSchema } from './labels';
import { modelsSchema } from './models';
import { pubsubSchema } from './pubsub';
import { remoteModelSchema } from './remote-model';
import { requestsSchema } from './requests';
import { listsModels } from './served-model';
import { SUBSCRIPTION, SUBSCRIPTION_RULE, TOPIC, TOPIC_RULE } from './names';
import { outputSchema } from './output';
import { anyRulesSchema, rulesSchema } from './rules';
import { webhookSchema } from './webhook';
import { cacheSchema } from './cache';
import { inputSchemaSchema, schemaRegistrySchema } from './schema-registry';

/** Messages that hold several images. */
const EVENT_BATCHES = ['none', 'cloudevents'] as const;

/** The delivery guarantees after a crash. */
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
  broker: z.enum(BROKER_KINDS).default('memory').describe('Message broker of the images and predictions.'),
  instanceId: z
    .string()
    .min(1)
    .optional()
    .describe('Unique id of this process; generated and kept on disk if absent.'),
  input: z
    .strictObject({
      topic: topic.default('images').describe('Topic of the images.'),
      group: z.string().min(1).max(249).default('stream-infer').describe('Kafka consumer group.'),
      subscription: subscription
        .optional()
        .describe('Pub/Sub subscription, also of another project; <topic>-sub if absent.'),
      from: z.enum(['earliest', 'latest']).default('earliest').describe('Start position of a new group.'),
      resize: z
        .enum(RESIZE_MODES)
        .optional()
        .describe(
          "Resizing of encoded images; content: crop to the object on a plain background; the model's own if absent: fit for Fashion-MNIST.",
        ),
      batches: z
        .enum(EVENT_BATCHES)
        .default('none')
        .describe('Messages with several images: none, or cloudevents (application/cloudevents-batch+json).'),
      rate: z
        .number()
        .positive()
        .max(1_000_000)
        .optional()
        .describe('Largest number of images taken per second, such as for a paid API; unlimited if absent.'),
      schema: inputSchemaSchema,
    })
    .prefault({}),
  output: outputSchema,
  requests: requestsSchema,
  delivery: z
    .enum(DELIVERY_MODES)
    .default('at-least-once')
    .describe('Delivery guarantee after a crash: at-least-once (duplicates possible) or exactly-once.'),
  createTopics: z
    .boolean()
    .optional()
    .describe('Whether missing topics are created; on for memory, embedded and the Pub/Sub emulator.'),
  kafka: kafkaSchema,
  pubsub: pubsubSchema,
  inference: z
    .strictObject({
      model: z
        .string()
        .min(1)
        .default(DEFAULT_MODEL)
        .describe('Model: name, name@version, a folder, or the address of a remote model.'),
      runtime: z
        .enum(['auto', ...RUNTIME_NAMES])
        .default('auto')
        .describe('Inference runtime.'),
      precision: z
        .enum(['auto', ...PRECISIONS])
        .default('auto')
        .describe('Numeric precision; auto: int8 if it is accurate and faster here, otherwise fp32.'),
      workers: z
        .union([z.literal('auto'), count.max(256)])
        .default('auto')
        .describe(
          'Worker threads; auto: one per CPU core at the start, then as many as their utilization requires.',
        ),
      maxBatch: count.max(4096).default(256).describe('Largest batch, in images.'),
      targetP99: duration
        .refine((ms) => ms >= 1 && ms <= 60_000, 'a latency goal is at least 1ms and at most 60s')
        .optional()
        .describe(
          'Latency goal: 99th percentile of the time from arrival in this process to confirmation; none if absent.',
        ),
      maxInFlight: count.max(1_000_000).default(4096).describe('Limit of unacknowledged messages.'),
      maxInFlightBytes: bytes
        .default(64 * 1024 * 1024)
        .describe('Limit of the size of unacknowledged messages, in bytes.'),
      maxImageBytes: bytes
        .default(16 * 1024 * 1024)
        .describe('Largest message, in bytes; a larger one becomes a dead letter.'),
      taskTimeout: duration
        .prefault('30s')
        .describe('Time without an answer after which a worker is replaced.'),
      invert: z
        .enum(INVERT_MODES)
        .optional()
        .describe(
          "Inversion of encoded images with a bright background; the model's own if absent: auto for Fashion-MNIST.",
        ),
    })
    .prefault({}),
  model: remoteModelSchema,
  references: referencesSchema,
  schemaRegistry: schemaRegistrySchema,
  cache: cacheSchema,
  models: modelsSchema,
  http: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether the page and the API are served.'),
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
        .describe('Bearer token of every request; required beyond loopback.'),
      allowedHosts: z
        .array(z.string().min(1))
        .default([])
        .describe('Additional Host names that requests may use.'),
    })
    .prefault({}),
  steering: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Whether the page, the API and ctl may pause, limit and drain the stream.'),
      auditLog: z
        .string()
        .min(1)
        .optional()
        .describe(
          'File that records who changed the stream, or none. Default: audit-<instance>.log in the data folder; none with memory and embedded.',
        ),
    })
    .prefault({}),
  labels: labelsSchema,
  grpc: grpcSchema,
  store: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .superRefine((path, context) => {
          const problem = storeUrlProblem(path);
          if (problem !== undefined) context.addIssue({ code: 'custom', message: `the URL ${problem}` });
        })
        .optional()
        .describe(
          'Results store: a file, a postgres:// URL, or none. Default: predictions.db in the data folder; none with memory, embedded, or without HTTP and rules.',
        ),
      images: z
        .enum(['all', 'wrong', 'none'])
        .default('all')
        .describe('Predictions whose images are stored.'),
      retainRows: count
        .max(100_000_000)
        .default(1_000_000)
        .describe('Predictions kept; the oldest are deleted. At most 5000 in memory.'),
      retainDays: z
        .number()
        .positive()
        .max(36_500)
        .default(30)
        .describe('Days for which predictions are kept.'),
    })
    .prefault({}),
  alerts: rulesSchema.default([]).describe('Rules that detect events in predictions and dead letters.'),
  events: eventsSchema,
  webhook: webhookSchema,
  demo: z
    .strictObject({
      enabled: z
        .boolean()
        .optional()
        .describe('Whether test images are published; on with the memory broker.'),
      rate: z
        .number()
        .positive()
        .max(1_000_000)
        .default(40)
        .describe('Images per second of the demo publisher.'),
      badShare: z
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe('Malformed messages per demo image, to produce dead letters.'),
    })
    .prefault({}),
  dataDir: z.string().min(1).optional().describe('Folder with the Fashion-MNIST files.'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('Lowest level that is logged.'),
      format: z
        .enum(['auto', 'json', 'pretty'])
        .default('auto')
        .describe('Format of the logs; auto: pretty on a terminal, otherwise json.'),
      slow: duration
        .refine((ms) => ms > 0, 'the time is longer than 0')
        .optional()
        .describe('Messages that take longer from arrival to confirmation are logged; none if absent.'),
    })
    .prefault({}),
  shutdownTimeout: duration.prefault('25s').describe('Time limit of the drain on shutdown.'),
});

/** For another model than a shipped one: the classes in its rules are resolved when it is loaded. */
const ownModelSchema: typeof configSchema = configSchema.extend({ alerts: anyRulesSchema.default([]) });

/** The schema of these settings, before they are validated. */
export function schemaFor(values: Readonly<Record<string, unknown>>): typeof configSchema {
  return namesShippedModel(values) ? configSchema : ownModelSchema;
}

export function namesShippedModel({ inference, models }: Readonly<Record<string, unknown>>): boolean {
  // Rules are validated for each of several models.
  if (listsModels(models)) return false;
  const model =
    typeof inference === 'object' && inference !== null && 'model' in inference ? inference.model : undefined;
  return model === undefined || (typeof model === 'string' && /^fashion-mnist(@\d+)?$/.test(model));
}

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
