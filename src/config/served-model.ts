import { z } from 'zod';
import { INVERT_MODES } from '../core/image';
import { RESIZE_MODES } from '../core/model-shape';
import { MODEL_CONTROLS } from '../core/model-version';
import { PRECISIONS } from '../core/precision';
import { RUNTIME_NAMES } from '../core/runtime-name';
import { isTree } from './layers';
import { SUBSCRIPTION, SUBSCRIPTION_RULE, TOPIC, TOPIC_RULE } from './names';
import { anyRulesSchema } from './rules';

/** Each has threads, connections and a results store of its own. */
const MOST_MODELS = 32;

const topic = z.string().regex(TOPIC, TOPIC_RULE);
const count = z.number().int().positive();

/** One of several models in a process: its name, and settings that replace the common ones for it. */
const servedModelSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'expected 1 to 100 letters, digits, dots, dashes and underscores')
    .refine((name) => name !== 'rollout', 'rollout is a route of the API; choose another name'),
  /** As `inference.model`; the name if absent. */
  model: z.string().min(1).optional(),
  /** Of its own. Models without one share `input.topic`, and the header `model` chooses among them. */
  topic: topic.optional(),
  group: z.string().min(1).max(249).optional(),
  subscription: z.string().regex(SUBSCRIPTION, SUBSCRIPTION_RULE).optional(),
  output: topic.optional(),
  dlq: topic.optional(),
  /** A share of the threads if absent. */
  workers: count.max(256).optional(),
  maxBatch: count.max(4096).optional(),
  runtime: z.enum(['auto', ...RUNTIME_NAMES]).optional(),
  precision: z.enum(['auto', ...PRECISIONS]).optional(),
  invert: z.enum(INVERT_MODES).optional(),
  resize: z.enum(RESIZE_MODES).optional(),
  control: z.enum(MODEL_CONTROLS).optional(),
  alerts: anyRulesSchema.optional(),
});

export const servedModelsSchema = z.array(servedModelSchema).max(MOST_MODELS);

/** Whether `models`, not validated yet, has an entry. */
export function listsModels(models: unknown): boolean {
  return isTree(models) && Array.isArray(models['serve']) && models['serve'].length > 0;
}

export type ServedModelInput = z.output<typeof servedModelSchema>;

export const SERVED_MODEL_KEYS: readonly string[] = Object.keys(servedModelSchema.shape);

/** The settings that an entry replaces. */
export const REPLACED_SETTINGS = {
  model: ['inference', 'model'],
  topic: ['input', 'topic'],
  group: ['input', 'group'],
  subscription: ['input', 'subscription'],
  output: ['output', 'topic'],
  dlq: ['output', 'dlq'],
  workers: ['inference', 'workers'],
  maxBatch: ['inference', 'maxBatch'],
  runtime: ['inference', 'runtime'],
  precision: ['inference', 'precision'],
  invert: ['inference', 'invert'],
  resize: ['input', 'resize'],
  control: ['models', 'control'],
  alerts: ['alerts'],
} as const satisfies Record<Exclude<keyof ServedModelInput, 'name'>, readonly string[]>;
