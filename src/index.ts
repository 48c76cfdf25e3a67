/** The public library API. It grows with the issues that need it; what is here is kept. */
export * from './library';
export type { BrokerContext } from './brokers/context';
export type {
  AwsIdentity,
  AzureIdentity,
  GcpIdentity,
  KafkaIdentity,
  KafkaToken,
  KafkaTokenFunction,
  OidcIdentity,
} from './brokers/kafka/identity/settings';
export type { KafkaSettings } from './brokers/kafka/settings';
export type { MemorySettings } from './brokers/memory/settings';
export type { EffectivelyOnceSettings, PubsubSettings } from './brokers/pubsub/settings';
export { createBroker, type BrokerSettings } from './brokers/registry';
export { configSchema, type Config, type ConfigInput } from './config/schema';
export type { ClassSchema } from './config/rules';
export type { ConfigLayer } from './config/layers';
export { loadConfig, type ConfigPlaces, type LoadedConfig } from './config/load';
export type { ServedModel } from './config/served-models';
export type {
  Calibration,
  Expectations,
  ModelBaseline,
  PixelSums,
  ReliabilityPoint,
  Spread,
} from './core/baseline';
export type { BatchColumns, SourceName } from './core/columns';
export { ERROR_CODES, REJECTION_CODES, StreamInferError, isStreamInferError } from './core/errors';
export type { ErrorCode, RejectionCode } from './core/errors';
export type { DerivedImages } from './core/event';
export type { ExplainedImage, OcclusionFinding } from './core/occlusion';
export type { Box, FoundObject, ImageFrame } from './core/found-objects';
export { INVERT_MODES, type InvertMode } from './core/image';
export { KAFKA_IDENTITIES, type KafkaIdentityKind } from './core/kafka-identity';
export { CLASS_NAMES } from './core/labels';
export type { Delivery, Header, Origin, OutgoingMessage, Place } from './core/message';
export type { ModelDescription, ModelOutput, ObjectsOutput, Preprocessing } from './core/model-description';
export type { ModelShape, Resize } from './core/model-shape';
export type { KeptImage, OriginalImage, Picture, PictureSize } from './core/picture';
export type { DrainReport } from './pipeline/pipeline';
export type { BatchResult, Classifier, Decoded, PackedBatch, PredictionColumns } from './core/classification';
export type {
  Broker,
  BrokerAdmin,
  BrokerReach,
  CommitResult,
  ConnectionStatus,
  Log,
  MessageSink,
  MessageSource,
  Outage,
  PartitionLag,
  RefusedMessage,
  SourceOptions,
  SourcePause,
  TopicRequest,
  TransactionContent,
  Transactions,
} from './core/ports';
export type { ClassReference } from './core/rule';
export type { ScanBounds, ScanPosition, ScanRange, SnapshotPosition } from './core/scan-range';
export type { SeekMove, SeekTarget } from './core/seek';
export type { ScanOptions, TopicScan } from './core/topic-scan';
export type { EpochPoint } from './core/training-history';
export { PRECISIONS, type Precision } from './core/precision';
export { RESIZE_MODES } from './core/model-shape';
export { RUNTIME_NAMES, type RuntimeName } from './core/runtime-name';
export type {
  DeadLetterOutcome,
  ModelIdentity,
  Outcome,
  Prediction,
  PredictionOutcome,
  PredictionSource,
  RankedClass,
  Rejection,
  Timing,
} from './core/prediction';
export { loadFashionMnist, type DatasetOptions } from './dataset/fashion-mnist';
export type { ImageSet } from './dataset/image-set';
export type { DownloadProgress } from './dataset/download';
export type { Split } from './dataset/verify';
export { loadSamples } from './dataset/samples';
export type { ClassifyContext, ClassifyFunction } from './inference/function-pool';
export type { SentImage } from './inference/outside-image';
export { resolveModelDir } from './models/files';
export { createPool, type InferencePool, type PoolOptions, type ScoredNumbers } from './inference/pool';
