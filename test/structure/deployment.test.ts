import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load';
import { configSchema } from '../../src/config/schema';
import { parseDuration } from '../../src/config/duration';

const CONFIG = join(__dirname, '../../config');
const MANIFESTS = join(CONFIG, 'kubernetes');

/** What the tests read of a manifest. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: { readonly spec: PodSpec };
    readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
    readonly advanced?: {
      readonly horizontalPodAutoscalerConfig: {
        readonly behavior: {
          readonly scaleDown: { readonly policies: readonly { readonly periodSeconds: number }[] };
        };
      };
    };
    readonly triggers?: readonly { readonly metadata: Readonly<Record<string, string>> }[];
    readonly metrics?: readonly {
      readonly external: { readonly metric: { readonly selector: { readonly matchLabels: object } } };
    }[];
  };
}
interface PodSpec {
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly containerConcurrency?: number;
  readonly containers: readonly {
    readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
}
interface Compose {
  readonly services: Readonly<
    Record<string, { readonly profiles?: readonly string[]; readonly stop_grace_period?: string }>
  >;
}

function read<T>(path: string): T[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), { merge: true });
  return documents.map((document) => document.toJS() as T);
}

const [statefulSet] = read<Manifest>(join(MANIFESTS, 'base/stateful-set.yaml'));
const pod = statefulSet?.spec.template?.spec as PodSpec;

/** After the drain's budget the process may take so long to close, s: CLOSE_GRACE_MS of the command run. */
const CLOSE_SECONDS = 10;

describe('the Kubernetes manifests', () => {
  const overlays = ['kafka', 'pubsub'];

  it.each(overlays)('for %s have a configuration that is valid', (overlay) => {
    const [settings] = read(join(MANIFESTS, overlay, 'stream-infer.yaml'));
    expect(configSchema.safeParse(settings).error).toBeUndefined();
  });

  it.each(overlays)('for %s give a drain time to end before the pod is killed', (overlay) => {
    const [settings] = read(join(MANIFESTS, overlay, 'stream-infer.yaml'));
    const drainSeconds = configSchema.parse(settings).shutdownTimeout / 1000;
    const preStop = Number(pod.containers[0]?.lifecycle.preStop.exec.command[1]);
    expect(preStop + drainSeconds + CLOSE_SECONDS).toBeLessThan(pod.terminationGracePeriodSeconds);
  });

  it('keep the variables of services out, and name each process', () => {
    expect(pod.enableServiceLinks).toBe(false);
    expect(pod.containers[0]?.env.map(({ name }) => name)).toContain('STREAM_INFER_INSTANCE_ID');
  });

  it('scale what there is, by the topic and subscription that are read', () => {
    const scalers = overlays.map(
      (overlay) => read<Manifest>(join(MANIFESTS, overlay, 'scaler.yaml'))[0]?.spec,
    );
    for (const scaler of scalers)
      expect(scaler?.scaleTargetRef).toMatchObject({ kind: 'StatefulSet', name: 'stream-infer' });
    const kafka = configSchema.parse(read(join(MANIFESTS, 'kafka/stream-infer.yaml'))[0]);
    expect(scalers[0]?.triggers?.[0]?.metadata).toMatchObject({
      bootstrapServers: kafka.kafka.properties['bootstrap.servers'],
      consumerGroup: kafka.input.group,
      topic: kafka.input.topic,
    });
    const pubsub = configSchema.parse(read(join(MANIFESTS, 'pubsub/stream-infer.yaml'))[0]);
    expect(scalers[1]?.metrics?.[0]?.external.metric.selector.matchLabels).toEqual({
      'resource.labels.subscription_id': pubsub.input.subscription,
    });
  });

  it('hold the partitions of a pod that is gone for less than the time to the next one, and longer than a restart takes', () => {
    const kafka = configSchema.parse(read(join(MANIFESTS, 'kafka/stream-infer.yaml'))[0]);
    const session = Number(kafka.kafka.properties['session.timeout.ms']);
    const [scaler] = read<Manifest>(join(MANIFESTS, 'kafka/scaler.yaml'));
    const period =
      scaler?.spec.advanced?.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0]?.periodSeconds;
    expect(session).toBeLessThan((period ?? 0) * 500);
    // Kafka's own group.min.session.timeout.ms, and some seconds to load and warm the model.
    expect(session).toBeGreaterThan(6_000 + 5_000);
  });

  it('are all named by a kustomization, or apply by themselves', () => {
    const files = readdirSync(MANIFESTS, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.yaml'),
    );
    const named = files
      .filter((file) => file.endsWith('kustomization.yaml'))
      .flatMap((file) => {
        const [kustomization] = read<{
          resources: string[];
          configMapGenerator?: { files: string[] }[];
        }>(join(MANIFESTS, file));
        const generated = kustomization?.configMapGenerator?.flatMap((map) => map.files) ?? [];
        return [...(kustomization?.resources ?? []), ...generated].map((other) =>
          relative(MANIFESTS, join(MANIFESTS, file, '..', other)),
        );
      });
    const unnamed = files.filter(
      (file) =>
        !named.includes(file) && !file.endsWith('kustomization.yaml') && !file.startsWith('monitoring'),
    );
    expect(unnamed).toEqual([]);
    expect(named.filter((file) => file !== 'base' && !files.includes(file))).toEqual([]);
  });
});

describe('the Cloud Run service', () => {
  const [service] = read<Manifest>(join(CONFIG, 'cloud-run/service.yaml'));
  const dockerfile = readFileSync(join(CONFIG, 'cloud-run/Dockerfile'), 'utf8');
  const ofImage = [...dockerfile.matchAll(/\b([A-Z_]+)=([\w./]+)/g)].map(([, name, value]) => [name, value]);
  const ofService = service?.spec.template?.spec.containers[0]?.env.map(({ name, value = 'a secret' }) => [
    name,
    value,
  ]);
  const env = Object.fromEntries([...ofImage, ...(ofService ?? [])]) as NodeJS.ProcessEnv;

  it('has valid settings, with Google as the issuer of tokens that Cloud Run verifies', () => {
    const { config } = loadConfig({ env });
    expect(config).toMatchObject({ broker: 'pubsub', http: { host: '0.0.0.0' }, store: { path: 'none' } });
    expect(config.pubsub.push).toMatchObject({
      enabled: true,
      issuer: 'https://accounts.google.com',
      verifiedBy: 'cloud-run',
    });
  });

  it('drains before Cloud Run ends an instance, and takes no more messages than may be in flight', () => {
    const { config } = loadConfig({ env });
    expect(config.shutdownTimeout).toBeLessThan(10_000);
    expect(service?.spec.template?.spec.containerConcurrency).toBeLessThan(config.inference.maxInFlight);
  });

  it('has no token in its files', () => {
    expect(ofService).toContainEqual(['STREAM_INFER_HTTP_TOKEN', 'a secret']);
    expect(dockerfile).not.toMatch(/TOKEN/);
  });
});

describe('the compose file', () => {
  const services = read<Compose>(join(CONFIG, 'compose.yaml'))[0]?.services ?? {};

  it('has a profile for each broker and for what watches', () => {
    const profiles = new Set(Object.values(services).flatMap((service) => service.profiles ?? ['none']));
    expect([...profiles].sort()).toEqual(['kafka', 'observability', 'pubsub']);
  });

  it('gives a drain time to end before the container is killed', () => {
    for (const name of ['stream-infer-kafka', 'stream-infer-pubsub']) {
      const grace = parseDuration(services[name]?.stop_grace_period ?? '') ?? 0;
      expect(grace / 1000).toBeGreaterThan(configSchema.parse({}).shutdownTimeout / 1000 + CLOSE_SECONDS);
    }
  });
});
