/** Public API: producers and consumers for all brokers, the processor embedded in a program, and the model alone. */
export { connectBroker, type BrokerConnection, type Handler } from './connection';
export type { Consumer } from './consumer';
export type { ConsumerOptions, TypedConsumerOptions } from './consumer-options';
export type { ManualMessage, Message } from './message';
export type { AdapterOptions, BrokerOptions, KafkaOptions, MemoryOptions, PubsubOptions } from './options';
export type { OutgoingValue, SendOptions } from './outgoing';
export type { Producer, ProducerOptions } from './producer';
export { fromJson, fromText, toJson, toText } from './serialization';
export type { Deserializer, MessageFacts, Serializer } from './serialization';
export { createPipeline, type EmbeddedPipeline, type FunctionShape, type PipelineOptions } from './pipeline';
export { loadModel, type Classification, type LoadedModel, type LoadModelOptions } from './model';
