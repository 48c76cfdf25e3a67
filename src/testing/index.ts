/** Helpers for testing programs that use stream-infer, and broker adapters. */
export { brokerContract } from './contract';
export type { BrokerCapabilities, BrokerHarness } from './harness';
export { createMemoryBroker } from './memory';
export type { Body, Case, Hook, TestRunner } from './suite';
export type { MemorySettings } from '../brokers/memory/settings';
export type { Broker } from '../core/ports';
export { nodeTestRunner } from './node-test';
