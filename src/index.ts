/** The public library API. It grows with the issues that need it; what is here is kept. */
export * from './library';
export { createBroker } from './brokers/registry';
export { configSchema, type Config, type ConfigInput } from './config/schema';
export { loadConfig } from './config/load';
export { ERROR_CODES, StreamInferError, isStreamInferError, type ErrorCode } from './core/errors';
export type { InvertMode } from './core/image';
export { CLASS_NAMES } from './core/labels';
export type { Delivery, Header, Origin, OutgoingMessage } from './core/message';
export type { ModelShape } from './core/model-shape';
export type { DrainReport } from './core/pipeline';
export type {
  Broker,
  BrokerAdmin,
  ConnectionStatus,
  Log,
  MessageSink,
  MessageSource,
  PartitionLag,
  RefusedMessage,
  SourceOptions,
  TopicRequest,
} from './core/ports';
export type { ScanOptions, TopicScan } from './core/topic-scan';
export type { Precision } from './core/precision';
export type { ModelIdentity, Outcome, Prediction, Rejection, RuntimeName } from './core/prediction';
export { loadFashionMnist, type ImageSet } from './dataset/fashion-mnist';
export { loadSamples } from './dataset/samples';
export type { ClassifyFunction } from './inference/function-pool';
export { resolveModelDir } from './inference/model-files';
export { createPool, type InferencePool } from './inference/pool';
