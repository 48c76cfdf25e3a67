import { pushedHosts } from '../config/pubsub';
import type { Broker, MessageSink, PartitionLag } from '../core/ports';
import { redriveHistory } from '../dead-letters/redrive-history';
import { inputTopic } from '../dead-letters/input-topic';
import { DeadLetterService } from '../dead-letters/dead-letter-service';
import { startHttpServer, type HttpServer } from '../http/server';
import type { Activity, EventsService, HttpServices } from '../http/services';
import type { InferencePool } from '../inference/pool';
import type { Pipeline } from '../pipeline/pipeline';
import { createPublishJobs } from '../publishing/publish-jobs';
import type { DeadLetterRing } from '../results/dead-letter-ring';
import type { ResultsView } from '../results/view';
import type { GaugeSources } from '../telemetry/metrics/gauges';
import { LoadHistory } from '../telemetry/load-history';
import { ActivityMonitor } from '../telemetry/runtime-activity';
import type { ProcessContext } from './context';
import { createRequestsIfEnabled } from './create-requests';
import type { HostedServer } from './membership';
import { serveGrpc } from './serve-grpc';
import { createHttpServices, type ObservedServices, type RoleServices } from './http-services';

type Gauged = GaugeSources['resources'];

/** Resources that HTTP asks for at the time of a request; absent until they are acquired. */
export interface VisibleResources {
  readonly pool?: InferencePool;
  readonly pipeline?: Pipeline;
  readonly outbox?: NonNullable<Gauged['outbox']>;
  readonly source?: NonNullable<Gauged['source']>;
  /** Publishes redriven dead letters. */
  readonly redrives?: MessageSink;
}

export interface HttpOptions {
  readonly broker: Broker;
  readonly results: ResultsView;
  readonly ring: DeadLetterRing;
  readonly events: EventsService;
  readonly lag: () => readonly PartitionLag[];
  readonly visible: () => VisibleResources;
  readonly roleOf: (activity: () => Activity) => RoleServices;
  /** False to create the services, their metrics and observers without a server. */
  readonly listen: boolean;
}

export interface StartedHttp extends Omit<ObservedServices, 'services'> {
  /** null without a server. */
  readonly url: string | null;
}

const CLOSE_MS = 2_000;
const SAMPLE_MS = 1_000;

/** Publish jobs → activity monitor → HTTP server, released in reverse. The server answers, but the process is not ready. */
export async function startHttp(context: ProcessContext, options: HttpOptions): Promise<StartedHttp> {
  const { config, version, settings, instanceId, tracing, log, abandon, releasers, member } = context;
  const { broker, visible } = options;
  const publishing = createPublishJobs({ config, broker, instanceId, tracing, log });
  releasers.add('publish jobs', () => publishing.close());
  const monitor = new ActivityMonitor(() => {
    const { pool = null, pipeline = null } = visible();
    return { pool, pipeline };
  });
  releasers.add('activity monitor', () => monitor.close());
  const activity = (): Activity => monitor.read();
  let server: HostedServer | null = null;
  const { services, ...observed } = createHttpServices({
    config,
    version,
    settings,
    results: options.results,
    publishing,
    deadLetters: new DeadLetterService({
      ring: options.ring,
      input: () => inputTopic(broker, config),
      sink: () => visible().redrives ?? null,
      history: redriveHistory(broker, config, abandon.signal),
    }),
    topicRequests: createRequestsIfEnabled(context, {
      broker,
      results: options.results,
      ring: options.ring,
      sink: () => visible().redrives ?? null,
    }),
    events: options.events,
    lag: options.lag,
    activity,
    role: options.roleOf(activity),
    observed: toGauged(visible, () => server, context),
    ...(member && { member }),
  });
  if (options.listen || member !== undefined) services.loadHistory = recordLoad(context, services);
  if (member !== undefined) {
    server = await member.host(services);
    return { ...observed, url: server.url };
  }
  if (options.listen) server = await listen(context, services);
  await serveGrpc(context, { services });
  return { ...observed, url: server?.url ?? null };
}

/** Samples the load once a second until the process ends. */
function recordLoad(
  { releasers }: ProcessContext,
  services: HttpServices,
): NonNullable<HttpServices['loadHistory']> {
  const history = new LoadHistory();
  const timer = setInterval(() => {
    const { predictions, deadLetters, latency } = services.results.stats();
    const { p50, p99 } = latency.total;
    history.add(Date.now(), {
      outcomes: predictions + deadLetters,
      inFlight: services.activity().inFlight,
      latency: { p50, p99 },
    });
  }, SAMPLE_MS).unref();
  releasers.add('load history', async () => clearInterval(timer));
  return (window) => history.points(window);
}

async function listen(context: ProcessContext, services: HttpServices): Promise<HttpServer> {
  const { config, log, releasers, onListening } = context;
  const { host, port, token } = config.http;
  const allowedHosts = [...config.http.allowedHosts, ...pushedHosts(config)];
  const server = await startHttpServer({ host, port, allowedHosts, services, log, ...(token && { token }) });
  releasers.add('HTTP server', () => server.close(CLOSE_MS));
  onListening?.(server.url);
  return server;
}

function toGauged(
  visible: () => VisibleResources,
  server: () => HostedServer | null,
  { skipped }: ProcessContext,
): Gauged {
  return {
    get http() {
      return server();
    },
    get outbox() {
      return visible().outbox ?? null;
    },
    get pipeline() {
      return visible().pipeline ?? null;
    },
    get pool() {
      return visible().pool ?? null;
    },
    get source() {
      return visible().source ?? null;
    },
    skipped,
  };
}
