import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { StoreSettings } from '../protocol';
import { serve } from './serve';

// At normal priority: it mostly waits, and a transaction that starves would block the other processes.
void serve(parentPort as MessagePort, workerData as StoreSettings);
