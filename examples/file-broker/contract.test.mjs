// @ts-check
// Checks the adapter against the contract: node --test examples/file-broker/contract.test.mjs
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerContract, nodeTestRunner } from 'stream-infer/testing';
import { createFileBroker } from './broker.mjs';

let folder = '';

brokerContract(
  {
    name: 'file',
    capabilities: {
      partitions: true,
      orderWithinPartition: true,
      tombstones: false,
      duplicateHeaders: true,
      binaryHeaders: true,
      keepsTimestamp: true,
      past: true,
      lag: true,
      missingTopics: false,
      countsAttempts: false,
      redeliverMs: null,
      burst: 5_000,
      largeValueBytes: 8 * 1024 * 1024,
      refusedValueBytes: null,
    },
    async start() {
      folder = await mkdtemp(join(tmpdir(), 'file-broker-'));
    },
    async stop() {
      await rm(folder, { recursive: true });
    },
    createBroker: async () => createFileBroker(folder),
  },
  nodeTestRunner(),
);
