// The peer on the JVM: compiles kafka-streams/ with Maven once per version and returns its command.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), 'kafka-streams');
const POM = join(PROJECT, 'pom.xml');
const SOURCE = join(PROJECT, 'src', 'main', 'java', 'KafkaStreamsPeer.java');
const CACHE = join(homedir(), '.cache', 'stream-infer-bench-kafka-streams');
const BUILD_MS = 600_000;
const MIN_JAVA = 17;

/** @returns {((task: object) => { command: string, args: string[] }) | undefined} */
export function createKafkaStreams(folder) {
  const missing = missingTool();
  if (missing !== undefined) {
    console.error(`Kafka Streams peer skipped: ${missing}`);
    return undefined;
  }
  const built = build();
  const path = [join(built, 'classes'), join(built, 'libs', '*')].join(delimiter);
  const jvm = ['-Xms1g', '-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', path];
  return ({ servers, input, output, model, batch, threads }) => ({
    command: 'java',
    args: [
      ...jvm,
      'KafkaStreamsPeer',
      servers,
      input,
      output,
      model,
      batch,
      threads,
      stateFolder(folder),
    ].map(String),
  });
}

function missingTool() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (version < MIN_JAVA)
    return `Java ${MIN_JAVA} is needed; remedy: apt-get install openjdk-17-jdk-headless`;
  if (spawnSync('mvn', ['-version']).status !== 0) return 'Maven is needed; remedy: apt-get install maven';
  return undefined;
}

/** Concurrent comparisons build in separate folders; the first finished build is used. */
function build() {
  const version = createHash('sha256').update(readFileSync(POM)).update(readFileSync(SOURCE)).digest('hex');
  const built = join(CACHE, version.slice(0, 16));
  if (existsSync(built)) return built;
  console.error('compiling the Kafka Streams peer');
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, 'build-'));
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  const places = [`-DbuildFolder=${fresh}`, `-DoutputDirectory=${join(fresh, 'libs')}`];
  const { status, stdout } = spawnSync('mvn', ['-q', '-B', '-f', POM, ...goals, ...places], {
    encoding: 'utf8',
    timeout: BUILD_MS,
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true });
    throw new Error(`Maven could not build the Kafka Streams peer:\n${stdout}`);
  }
  if (existsSync(built)) rmSync(fresh, { recursive: true });
  else renameSync(fresh, built);
  return built;
}

function stateFolder(folder) {
  return mkdtempSync(join(folder, 'kafka-streams-'));
}
