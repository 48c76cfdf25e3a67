/** For tests of programs that use stream-infer, and of adapters for further brokers. */
export { brokerContract } from './contract';
export type { BrokerCapabilities, BrokerHarness } from './harness';
export { createMemoryBroker } from './memory';
export type { TestRunner } from './suite';
export { nodeTestRunner } from './node-test';
