import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema';
import { messageOf } from '../core/errors';
import type { Check } from './check';

interface AddOn {
  readonly name: string;
  readonly package: string;
  /** What is off without it. */
  readonly without: string;
  readonly needed: boolean;
}

/** Whether each native part loads here. */
export function checkAddOns({ broker, inference }: Config): Check[] {
  const { runtime, precision } = inference;
  const addOns: AddOn[] = [
    {
      name: 'kafka',
      package: '@confluentinc/kafka-javascript',
      without: 'the Kafka broker is off',
      needed: broker === 'kafka',
    },
    {
      name: 'onnx',
      package: 'onnxruntime-node',
      without: 'a slower runtime is used',
      needed: runtime === 'onnx' || precision === 'int8',
    },
    {
      name: 'tfjs-node',
      package: '@tensorflow/tfjs-node',
      without: 'training is off',
      needed: runtime === 'tfjs-node',
    },
    { name: 'store', package: 'libsql', without: 'results are kept in memory only', needed: false },
  ];
  return addOns.map(checkAddOn);
}

function checkAddOn({ name, package: packageName, without, needed }: AddOn): Check {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- whether it loads is the question
    require(packageName);
    return { name, state: 'ok', detail: `${packageName} loads` };
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    const detail = `${packageName} does not load (${reason}): ${without}`;
    return { name, state: needed ? 'problem' : 'note', detail, remedy: addOnRemedy(packageName) };
  }
}

/** Of dist/app/ and of src/app/ alike. */
const PACKAGE_ROOT = join(__dirname, '..', '..');

/** The one command that mends it: in a checkout, where npm has dropped the package, or where its binary is missing. */
export function addOnRemedy(packageName: string, root = PACKAGE_ROOT, find = isInstalled): string {
  if (existsSync(join(root, 'tsconfig.json'))) return 'npm run setup';
  if (find(packageName)) return `npm rebuild --ignore-scripts=false ${packageName}`;
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };
  return `npm install --ignore-scripts=false ${packageName}@${manifest.optionalDependencies[packageName] ?? 'latest'}`;
}

function isInstalled(packageName: string): boolean {
  try {
    require.resolve(`${packageName}/package.json`);
    return true;
  } catch (error) {
    // Found, but its package.json is not among its exports.
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}
