import { createServer } from 'node:net';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import { loadDemoImages } from '../dataset/fashion-mnist';
import { readModelFiles, resolveModelDir } from '../inference/model-files';
import { requireInt8 } from '../inference/require-int8';
import type { Check } from './check';
import { configProblems } from './config-problems';
import { checkBroker } from './doctor-broker';

const SETUP = 'npm run setup (in a checkout), or npm rebuild of the named package';

/** Checks this machine against what a configuration needs; none of them changes anything. */
export async function runChecks(config: Config): Promise<Check[]> {
  return [
    checkNode(),
    checkAddOn(
      'kafka',
      '@confluentinc/kafka-javascript',
      'the Kafka broker is off',
      config.broker === 'kafka',
    ),
    checkAddOn(
      'onnx',
      'onnxruntime-node',
      'a slower runtime is used',
      config.inference.runtime === 'onnx' || config.inference.precision === 'int8',
    ),
    checkAddOn(
      'tfjs-node',
      '@tensorflow/tfjs-node',
      'training is off',
      config.inference.runtime === 'tfjs-node',
    ),
    await checkConfiguration(config),
    checkAddOn('store', 'libsql', 'results are kept in memory only', false),
    await checkModel(config),
    await checkDataset(config),
    await checkPort(config),
    ...(await checkBroker(config)),
  ];
}

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

function checkAddOn(name: string, packageName: string, without: string, needed: boolean): Check {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- whether it loads is the question
    require(packageName);
    return { name, state: 'ok', detail: `${packageName} loads` };
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    const detail = `${packageName} does not load (${reason}): ${without}`;
    return { name, state: needed ? 'problem' : 'note', detail, remedy: SETUP };
  }
}

async function checkConfiguration(config: Config): Promise<Check> {
  // What is not installed has a line of its own.
  const problems = (await configProblems(config)).filter(({ code }) => code !== 'DEPENDENCY_MISSING');
  if (problems.length === 0) return { name: 'configuration', state: 'ok', detail: 'run takes it' };
  const detail = problems.map(({ message }) => message.replaceAll(/\s*\n\s*/g, ' ')).join('; ');
  return { name: 'configuration', state: 'problem', detail, remedy: 'mend what is named' };
}

async function checkModel(config: Config): Promise<Check> {
  try {
    const files = await readModelFiles(await resolveModelDir(config.inference.model));
    if (config.inference.precision === 'int8') requireInt8(files);
    return { name: 'model', state: 'ok', detail: `${files.name}@${files.version}, every SHA-256 agrees` };
  } catch (error) {
    return {
      name: 'model',
      state: 'problem',
      detail: messageOf(error),
      remedy: 'name another model with --model, or restore its folder',
    };
  }
}

async function checkDataset(config: Config): Promise<Check> {
  try {
    const images = await loadDemoImages({ dataDir: config.dataDir });
    if (images.split === 'test')
      return { name: 'dataset', state: 'ok', detail: `${images.size} test images` };
    return {
      name: 'dataset',
      state: 'note',
      detail: `only the ${images.size} images of the package`,
      remedy: 'apt-get install dataset-fashion-mnist, or let stream-infer evaluate download it',
    };
  } catch (error) {
    return {
      name: 'dataset',
      state: 'problem',
      detail: messageOf(error),
      remedy: 'name the right folder with --data-dir',
    };
  }
}

async function checkPort({ http }: Config): Promise<Check> {
  if (!http.enabled) return { name: 'port', state: 'ok', detail: 'HTTP is off' };
  const error = await tryToListen(http.host, http.port);
  if (!error) return { name: 'port', state: 'ok', detail: `${http.host}:${http.port} is free` };
  return {
    name: 'port',
    state: 'problem',
    detail: `${http.host}:${http.port}: ${error.message}`,
    remedy: 'choose another with --port, or --port 0',
  };
}

async function tryToListen(host: string, port: number): Promise<Error | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
