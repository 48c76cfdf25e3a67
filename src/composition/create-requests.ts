import { deadLetterTopic, routedTopics } from '../config/topics';
import type { Broker, MessageSink } from '../core/ports';
import type { RequestsService } from '../http/services';
import type * as requestsModule from '../requests/requests';
import type { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import { PREDICTION_READER_LIMITS } from '../setup/prediction-reader';
import type { ProcessContext } from './context';

export interface RequestParts {
  readonly broker: Broker;
  readonly results: ResultsView;
  readonly ring: DeadLetterRing;
  readonly sink: () => MessageSink | null;
}

/** The module is loaded only where requests are enabled. */
export function createRequestsIfEnabled(
  { config, log, releasers }: ProcessContext,
  { broker, results, ring, sink }: RequestParts,
): RequestsService | undefined {
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
    log,
  });
  releasers.add('requests', () => requests.close());
  return requests;
}
