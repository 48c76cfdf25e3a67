import { z } from 'zod';

/** The files of a model folder; the schemas below describe their contents. */
export const MANIFEST = 'manifest.json';
export const MODEL = 'model.json';
export const WEIGHTS = 'weights.bin';
export const LABELS = 'labels.json';
/** Images, preprocessing and classes of a model, in its user's words. */
export const CLASSIFIER = 'classifier.json';
export const GOLDEN = 'golden.json';
export const INT8 = 'int8.json';
export const CARD = 'MODEL_CARD.md';
export const CURVES = 'curves.svg';

export const modelName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i);
const fileName = z.string().regex(/^[\w-][\w.-]*$/, 'a plain file name');
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

const share = z.number().min(0).max(1);
const spread = z.strictObject({ mean: z.number(), deviation: z.number().min(0) });

/** Measured on images the model was not trained on; see `ModelBaseline`. */
export const baselineSchema = z.strictObject({
  /** ISO 8601. */
  created: z.iso.datetime(),
  /** The runtime and the images it was measured with, for example `onnx` on Fashion-MNIST's training images. */
  source: z.string(),
  images: z.int().min(1),
  accuracy: share,
  classes: z.array(share).min(2).readonly(),
  confidence: z
    .strictObject({ edges: z.array(share).readonly(), shares: z.array(share).min(1).readonly() })
    .refine(({ edges, shares }) => shares.length === edges.length + 1, 'needs one more share than edges'),
  brightness: spread,
  contrast: spread,
  reliability: z
    .array(z.strictObject({ images: z.int().min(1), confidence: share, accuracy: share }))
    .readonly(),
  calibration: z.strictObject({
    temperature: z.number().positive(),
    error: share,
    calibratedError: share,
    logLoss: z.number().min(0),
    calibratedLogLoss: z.number().min(0),
  }),
});

const epochSchema = z.strictObject({
  epoch: z.int().min(1),
  loss: z.number().min(0),
  accuracy: share,
  validationLoss: z.number().min(0),
  validationAccuracy: share,
});

/** What both versions of the manifest have. */
const described = {
  name: modelName,
  version: z.int().min(1),
  /** ISO 8601. */
  created: z.iso.datetime(),
  /** Of all weights, concatenated in the order of model.json; identifies the model everywhere else. */
  weightsSha256: sha256Hex,
  /** Baseline for drift detection, and the temperature that would calibrate the model. */
  baseline: baselineSchema.optional(),
  /** Training history by epoch; see `EpochPoint`. */
  history: z.array(epochSchema).min(1).readonly().optional(),
};
const fileList = z.array(z.strictObject({ path: fileName, bytes: z.int().min(0), sha256: sha256Hex }));

/** Of a model that `train` wrote: layers for grey images. */
const trainedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  ...described,
  /** Height, width, channels. */
  inputShape: z.tuple([z.int().min(1).max(4096), z.int().min(1).max(4096), z.literal(1)]),
  /** Factor for a pixel (0–255) before the first layer: 1/255, or 1 for a model that scales the pixels itself. */
  scaling: z.number().positive(),
  /** Accuracy on the 10,000 test images, 0–1. */
  accuracy: share,
  files: fileList.min(1),
});

/** Of a model that `models import` wrote; classifier.json has everything about its images and classes. */
const importedSchema = z.strictObject({
  schemaVersion: z.literal(2),
  ...described,
  kind: z.enum(['layers', 'graph', 'onnx']),
  /** Name of the file with the network. */
  model: fileName,
  /** Accuracy on images with known classes, 0–1; absent if it was not measured. */
  accuracy: share.optional(),
  /** Empty for a model without a manifest of its own. */
  files: fileList,
});

export const manifestSchema = z.discriminatedUnion('schemaVersion', [trainedSchema, importedSchema]);

const weightSpecSchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  /** int32: the count of a Normalization layer. */
  dtype: z.enum(['float32', 'int32']),
});

export const modelSchema = z.object({
  format: z.literal('layers-model'),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z
    .array(z.object({ paths: z.array(fileName).min(1), weights: z.array(weightSpecSchema) }))
    .min(1),
});

export const labelsSchema = z.array(z.string().min(1)).min(2);

export const goldenSchema = z.strictObject({
  /** The library that computed the probabilities, for example `tfjs-node 4.22.0`. */
  runtime: z.string(),
  vectors: z
    .array(z.strictObject({ label: z.int().min(0), pixels: z.base64(), probabilities: z.array(z.number()) }))
    .min(1),
});

/** The quantization of a model to 8-bit integers, and its measured quality. */
export const int8Schema = z.strictObject({
  /** Version of the compiled graph; in version 1 the first convolution is always in integers. */
  schemaVersion: z.union([z.literal(1), z.literal(2)]),
  /** ISO 8601. */
  created: z.iso.datetime(),
  /** The weights it was made for. */
  weightsSha256: sha256Hex,
  /** The library that measured accuracy and agreement, for example `onnxruntime-node 1.27.0`. */
  runtime: z.string(),
  /** Number of training images behind the ranges, and the seed that selected them. */
  calibration: z.strictObject({ images: z.int().min(1), seed: z.int().min(0) }),
  /** Where all of its images come from; absent for Fashion-MNIST's training and test images. */
  source: z.string().optional(),
  testImages: z.int().min(1),
  /** Accuracy on the test images in 8-bit integers, 0–1; absent if their true classes are unknown. */
  accuracy: z.number().min(0).max(1).optional(),
  /** Share of the test images with the same predicted class as in float32, 0–1. */
  agreement: z.number().min(0).max(1),
  /** n × classes probabilities of the golden vectors in 8-bit integers. */
  golden: z.array(z.number().min(0).max(1)),
  /** Smallest and largest output of each layer with weights except the last, by the layer's name. */
  ranges: z.record(z.string(), z.tuple([z.number(), z.number()]).readonly()),
});

export type StoredBaseline = z.infer<typeof baselineSchema>;
export type ModelManifest = z.infer<typeof manifestSchema>;
export type TrainedManifest = z.infer<typeof trainedSchema>;
export type ImportedManifest = z.infer<typeof importedSchema>;
export type WeightSpec = z.infer<typeof weightSpecSchema>;
export type Int8Facts = z.infer<typeof int8Schema>;
