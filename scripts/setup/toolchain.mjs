import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from './command.mjs';

/** What a build may need, how to see it, and the Debian package that has it. */
const TOOLS = {
  'a C++ compiler (g++)': { debian: 'g++', found: () => hasProgram(process.env.CXX ?? 'g++') },
  make: { debian: 'make', found: () => hasProgram('make') },
  'Python 3': { debian: 'python3', found: () => hasProgram('python3') },
  pip: { debian: 'python3-pip', found: async () => (await findPip()) !== undefined },
  'the zlib headers': { debian: 'zlib1g-dev', found: () => hasHeader('zlib.h') },
  'the OpenSSL headers': { debian: 'libssl-dev', found: () => hasHeader('openssl/ssl.h') },
  'the zstd headers': { debian: 'libzstd-dev', found: () => hasHeader('zstd.h') },
  'the curl headers': { debian: 'libcurl4-openssl-dev', found: () => hasHeader('curl/curl.h') },
};

export const BUILD_TOOLS = ['a C++ compiler (g++)', 'make', 'Python 3'];

export async function missingTools(names) {
  const found = await Promise.all(names.map((name) => TOOLS[name].found()));
  return names.filter((_, index) => !found[index]);
}

/** The one command for all of them; undefined when nothing is missing. */
export function installCommand(names) {
  const packages = [...new Set(names)].map((name) => TOOLS[name].debian);
  return packages.length > 0 ? `apt-get install -y ${packages.join(' ')}` : undefined;
}

/** The command that starts pip, as a list; undefined if there is none. */
export async function findPip() {
  for (const command of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    const [program, ...args] = command;
    if (hasProgram(program) && (await run(program, [...args, '--version'])).ok) return command;
  }
  return undefined;
}

/** node-gyp downloads Node's headers unless it has their folder; it must not use the headers of another Node. */
export function headersEnvironment() {
  const prefixes = [dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  const prefix = prefixes.find(
    (candidate) => headersMajor(candidate) === process.versions.node.split('.')[0],
  );
  return prefix ? { npm_config_nodedir: prefix } : {};
}

function headersMajor(prefix) {
  const file = join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(file)) return undefined;
  return /#define NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
}

function hasProgram(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Asked of the compiler, which knows its search path; without a compiler that one is named instead. */
async function hasHeader(name) {
  const compiler = process.env.CXX ?? 'g++';
  if (!hasProgram(compiler)) return true;
  return (await run(compiler, ['-E', '-x', 'c++', '-include', name, '/dev/null'])).ok;
}
