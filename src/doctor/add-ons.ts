import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import { proveTfjsNode, requireTfjsNode } from '../inference/runtimes/tfjs-node-library';
import type { Check } from './check';
import { OTLP_PROTOCOLS, readTracePlan } from '../telemetry/tracing/trace-plan';

interface AddOn {
  readonly name: string;
  /** The first one is named in messages. */
  readonly packages: readonly [string, ...string[]];
  /** Consequence of its absence. */
  readonly without: string;
  readonly needed: boolean;
  /** Uses the first package; throws if it loads but does not work. */
  readonly prove?: () => void;
}

/** Checks whether each optional part loads on this machine. */
export function checkAddOns({ broker, inference }: Config): Check[] {
  const { runtime, precision } = inference;
  const addOns: AddOn[] = [
    {
      name: 'kafka',
      packages: ['@confluentinc/kafka-javascript'],
      without: 'the Kafka broker is disabled',
      needed: broker === 'kafka',
    },
    {
      name: 'onnx',
      packages: ['onnxruntime-node'],
      without: 'a slower runtime is used',
      needed: runtime === 'onnx' || precision === 'int8',
    },
    {
      name: 'tfjs-node',
      packages: ['@tensorflow/tfjs-node'],
      without: 'training is disabled',
      needed: runtime === 'tfjs-node',
      prove: () => proveTfjsNode(requireTfjsNode()),
    },
    { name: 'store', packages: ['libsql'], without: 'results are kept in memory only', needed: false },
  ];
  return [...addOns.map(checkAddOn), checkTracing(process.env)];
}

/** Checks whether tracing works as set in the environment. */
export function checkTracing(env: NodeJS.ProcessEnv): Check {
  const plan = readTracePlan(env);
  if (plan.kind === 'refused')
    return {
      name: 'tracing',
      state: 'problem',
      detail: `${plan.reason}; tracing is disabled`,
      remedy: `export OTEL_EXPORTER_OTLP_PROTOCOL=${OTLP_PROTOCOLS[0]} OTEL_TRACES_EXPORTER=otlp OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318`,
    };
  return checkAddOn({
    name: 'tracing',
    packages: [
      '@opentelemetry/sdk-trace-base',
      '@opentelemetry/core',
      '@opentelemetry/resources',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/exporter-trace-otlp-proto',
    ],
    without: 'tracing is disabled',
    needed: plan.kind === 'on',
  });
}

export function checkAddOn({ name, packages, without, needed, prove }: AddOn): Check {
  const failures = packages.flatMap((packageName, i) => {
    const reason = reasonNotLoaded(packageName, i === 0 ? prove : undefined);
    return reason === undefined ? [] : [{ packageName, reason }];
  });
  const [first] = failures;
  if (first === undefined)
    return { name, state: 'ok', detail: `${packages[0]} ${prove ? 'works' : 'loads'}` };
  const detail = `${first.packageName} does not ${prove ? 'work' : 'load'} (${first.reason}); ${without}`;
  const remedy = addOnRemedy(failures.map(({ packageName }) => packageName));
  return { name, state: needed ? 'problem' : 'note', detail, remedy };
}

function reasonNotLoaded(packageName: string, prove?: () => void): string | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- this checks whether it loads
    if (prove === undefined) require(packageName);
    else prove();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** One line. For a binary of another Node version, the first line of the loader only names the file. */
export function reasonOf(error: unknown): string {
  const text = messageOf(error);
  if (text.includes('NODE_MODULE_VERSION'))
    return `its binary was built for another Node version, not for ${process.versions.node}`;
  return text.split('\n')[0] as string;
}

/** The same distance from dist/doctor/ and src/doctor/. */
const PACKAGE_ROOT = join(__dirname, '..', '..');

/** Packages whose binaries scripts/setup.mjs downloads or compiles, with its names for them. */
const SETUP_PARTS: Readonly<Record<string, string>> = {
  '@confluentinc/kafka-javascript': 'kafka',
  '@tensorflow/tfjs-node': 'tfjsNode',
};

/** Quotes a path for a shell if necessary. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The command that repairs the packages: in a checkout, after npm dropped them, or if their binaries are missing. */
export function addOnRemedy(
  packages: readonly string[],
  root = PACKAGE_ROOT,
  find: (packageName: string) => boolean = isInstalled,
): string {
  if (existsSync(join(root, 'tsconfig.json'))) return 'npm run setup';
  const part = packages.length === 1 ? SETUP_PARTS[packages[0] as string] : undefined;
  // Not `npm rebuild`: it does nothing if a binary exists, even one for another Node version.
  if (part !== undefined && packages.every(find))
    return `node ${quoted(relative(process.cwd(), join(root, 'scripts', 'setup.mjs')))} --only ${part}`;
  if (packages.every(find)) return `npm rebuild --ignore-scripts=false ${packages.join(' ')}`;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };
  const wanted = packages.map((name) => `${name}@${optionalDependencies[name] ?? 'latest'}`);
  return `npm install --ignore-scripts=false ${wanted.join(' ')}`;
}

function isInstalled(packageName: string): boolean {
  try {
    require.resolve(`${packageName}/package.json`);
    return true;
  } catch (error) {
    // Installed, but its package.json is not exported.
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}
