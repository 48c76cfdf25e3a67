import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import { loadDemoImages } from '../dataset/fashion-mnist';
import type { Check } from './check';
import { configProblems } from '../setup/config-problems';
import { checkAddOns } from './add-ons';
import { checkBroker } from './broker';
import { checkKafkaFeatures } from './kafka-features';
import { checkModel, isOtherModel } from './model';
import { checkStores } from './stores';
import { dataFolder } from '../setup/data-folder';

type Step = readonly [what: string, run: (config: Config) => Check[] | Promise<Check[]>];

const STEPS: readonly Step[] = [
  ['Node', () => [checkNode()]],
  ['the native modules', (config) => [...checkAddOns(config), ...checkKafkaFeatures()]],
  ['the stores of images', checkStores],
  ['the configuration', async (config) => [await checkConfiguration(config)]],
  ['the data folder', () => [checkDataFolder()]],
  ['the model', checkModel],
  ['the dataset', async (config) => [await checkDataset(config)]],
  ['the port', async (config) => [await checkPort(config)]],
  ['the broker and its topics', checkBroker],
];

/** Receives each step of the checks: some take seconds. */
export interface CheckProgress {
  onStep(what: string): void;
  onChecks(checks: readonly Check[]): void;
}

/** Checks this machine against the needs of a configuration; changes nothing. */
export async function runChecks(config: Config, progress?: CheckProgress): Promise<Check[]> {
  const all: Check[] = [];
  for (const [what, run] of STEPS) {
    progress?.onStep(what);
    const checks = await run(config);
    progress?.onChecks(checks);
    all.push(...checks);
  }
  return all;
}

/** Time for the owner of the port to answer, ms. */
const LIVE_MS = 1_000;

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  if (fits) return { name: 'node', state: 'ok', detail: `version ${process.versions.node}` };
  return {
    name: 'node',
    state: 'problem',
    detail: `version ${process.versions.node} is too old`,
    remedy: 'install Node 20.19 or later',
  };
}

function checkDataFolder(folder = dataFolder()): Check {
  const place = nearestExisting(folder);
  try {
    accessSync(place, constants.W_OK);
    return { name: 'data folder', state: 'ok', detail: folder };
  } catch {
    return {
      name: 'data folder',
      state: 'note',
      detail: `cannot write to ${place}; the instance id changes at each start, and results are kept in memory only`,
      remedy: 'export XDG_DATA_HOME=<writable folder>',
    };
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

async function checkConfiguration(config: Config): Promise<Check> {
  // Missing packages have a line of their own.
  const problems = (await configProblems(config)).filter(({ code }) => code !== 'DEPENDENCY_MISSING');
  if (problems.length === 0) return { name: 'configuration', state: 'ok', detail: 'valid' };
  const detail = problems.map(({ message }) => message.replaceAll(/\s*\n\s*/g, ' ')).join('; ');
  return { name: 'configuration', state: 'problem', detail, remedy: 'stream-infer config print --sources' };
}

async function checkDataset(config: Config): Promise<Check> {
  if (await isOtherModel(config))
    return { name: 'dataset', state: 'ok', detail: 'not needed: the model is not one of Fashion-MNIST' };
  try {
    const images = await loadDemoImages({ dataDir: config.dataDir });
    if (images.split === 'test')
      return { name: 'dataset', state: 'ok', detail: `${images.size} test images` };
    return {
      name: 'dataset',
      state: 'note',
      detail: `only the ${images.size} bundled images`,
      remedy: 'stream-infer evaluate',
    };
  } catch (error) {
    return {
      name: 'dataset',
      state: 'problem',
      detail: messageOf(error),
      remedy: 'set the folder with --data-dir',
    };
  }
}

async function checkPort({ http }: Config): Promise<Check> {
  if (!http.enabled) return { name: 'port', state: 'ok', detail: 'HTTP is disabled' };
  const error = await tryToListen(http.host, http.port);
  if (!error) return { name: 'port', state: 'ok', detail: `${http.host}:${http.port} is free` };
  const remedy = 'stream-infer --port 0';
  if (error.code !== 'EADDRINUSE')
    return { name: 'port', state: 'problem', detail: `${http.host}:${http.port}: ${error.message}`, remedy };
  const detail = `${http.host}:${http.port} is in use by ${await ownerOf(http)}`;
  return { name: 'port', state: 'problem', detail, remedy };
}

/** The user may have forgotten another process of this program. */
async function ownerOf({ host, port }: Config['http']): Promise<string> {
  try {
    const answer = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/livez`, {
      signal: AbortSignal.timeout(LIVE_MS),
    });
    const { alive } = (await answer.json()) as { readonly alive?: unknown };
    return alive === true ? 'another stream-infer' : 'another program';
  } catch {
    return 'another program';
  }
}

async function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
