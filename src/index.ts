/** The public library API. It grows with the issues that need it; what is here is kept. */
export { createBroker } from './brokers/registry';
export { configSchema, type Config } from './config/schema';
export { loadConfig } from './config/load';
export { ERROR_CODES, StreamInferError, type ErrorCode } from './core/errors';
export { CLASS_NAMES } from './core/labels';
export type { Delivery, Header, OutgoingMessage } from './core/message';
export type { Broker, BrokerAdmin, MessageSink, MessageSource, SourceOptions } from './core/ports';
export type { Outcome, Prediction, Rejection } from './core/prediction';
export { loadFashionMnist } from './dataset/fashion-mnist';
export type { ImageSet } from './dataset/image-set';
export { resolveModelDir } from './inference/model-files';
export { createPool, type InferencePool } from './inference/pool';
