import { join } from 'node:path';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { deadLetterTopic, routedTopics } from '../config/topics';
import type { Broker, MessageSink } from '../core/ports';
import type { RequestsService } from '../http/services';
import type * as openCallbacksModule from '../requests/open-callbacks';
import type * as requestsModule from '../requests/requests';
import type { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import { dataFolder } from '../setup/data-folder';
import { PREDICTION_READER_LIMITS } from '../setup/prediction-reader';
import type { ProcessContext } from './context';

export interface RequestParts {
  readonly broker: Broker;
  readonly results: ResultsView;
  readonly ring: DeadLetterRing;
  readonly sink: () => MessageSink | null;
}

/** The modules are loaded only where requests are enabled. */
export function createRequestsIfEnabled(
  context: ProcessContext,
  { broker, results, ring, sink }: RequestParts,
): RequestsService | undefined {
  const { config, log, releasers } = context;
  if (!config.requests.enabled) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand, as the adapters of brokers are
  const { Requests } = require('../requests/requests') as typeof requestsModule;
  const { input, output } = config;
  const requests = new Requests({
    kind: config.broker,
    broker,
    topics: {
      input: input.topic,
      predictions: [output.topic, ...routedTopics(config)],
      dlq: deadLetterTopic(config),
    },
    follow: (topic) =>
      broker.createSource({ topic, group: null, from: 'latest', ...PREDICTION_READER_LIMITS }),
    sink,
    results,
    ring,
    callbacks: config.requests.callbacks.allow.length === 0 ? null : createCallbacks(context),
    log,
  });
  releasers.add('requests', () => requests.close());
  return requests;
}

function createCallbacks({ config, instanceId, version, skipped, log }: ProcessContext) {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand
  const { openCallbacks } = require('../requests/open-callbacks') as typeof openCallbacksModule;
  const journal = journalPath(config, instanceId);
  return openCallbacks({ config: config.requests.callbacks, journal, version, skipped, log });
}

/** null for brokers inside this process: their messages do not survive it. */
function journalPath(config: Config, instanceId: string): string | null {
  if (livesInProcess(config)) return null;
  return join(dataFolder(), 'callbacks', `${encodeURIComponent(instanceId)}.log`);
}
