/** Apache Kafka from Maven Central, prepared once per machine: jars, an archive of its classes, a formatted log folder. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../free-port';
import { requirePart } from '../parts';
import { isOpen, serverProperties } from './properties';

const VERSION = '4.1.0';
const POM = join(__dirname, 'pom.xml');
const CACHE = process.env['STREAM_INFER_TEST_CACHE'] ?? join(homedir(), '.cache', 'stream-infer-test');
const FOLDER = join(CACHE, `kafka-${VERSION}`);
const LIBS = join(FOLDER, 'libs');
const CLASSES = join(FOLDER, 'classes.jsa');
const FORMATTED = join(FOLDER, 'formatted');
const FETCH_TIMEOUT = 300_000;
const RUN_TIMEOUT = 120_000;
/** Starts a third faster on few cores than with the server compiler. */
export const QUICK_START = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
/** Fixed, because one in 64 random ids begins with a dash and looks like an option. */
const CLUSTER_ID = Buffer.from('stream-infer/tst').toString('base64url');

/** Arguments of `java` that run a class of Kafka. A JVM to which the archive does not fit ignores it. */
export function javaArguments(jvm: readonly string[]): string[] {
  const isArchived = QUICK_START.every((flag) => jvm.includes(flag)) && existsSync(CLASSES);
  return [...jvm, ...(isArchived ? [`-XX:SharedArchiveFile=${CLASSES}`] : []), '-cp', `${LIBS}/*`];
}

let prepared: Promise<void> | undefined;

/** Fetches and prepares what is missing, once; several test files may do so at the same time. */
export function prepareKafka(): Promise<void> {
  return (prepared ??= prepare());
}

async function prepare(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(LIBS)) fetchJars();
  if (existsSync(CLASSES) && existsSync(FORMATTED)) return;
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-kafka-'));
  try {
    await prepareIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes an empty log folder for a broker with the node id of `serverProperties`. */
export function formatLogFolder(data: string): void {
  cpSync(FORMATTED, data, { recursive: true });
}

function fetchJars(): void {
  const fresh = mkdtempSync(join(FOLDER, 'fetch-'));
  const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`];
  run(requirePart('maven'), args, FETCH_TIMEOUT, 'Maven could not fetch Apache Kafka');
  moveTo(LIBS, fresh);
}

/** A format and a first run: its end writes the archive, which saves later starts 40% of their CPU time. */
async function prepareIn(folder: string): Promise<void> {
  const [port, controllerPort] = [await freePort(), await freePort()];
  const [config, data] = [join(folder, 'server.properties'), join(folder, 'data')];
  writeFileSync(config, serverProperties(port, controllerPort, data, {}));
  const java = requirePart('java');
  const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config];
  run(java, [...javaArguments(QUICK_START), ...format], RUN_TIMEOUT, 'Kafka could not format its log folder');
  const formatted = mkdtempSync(join(FOLDER, 'format-'));
  cpSync(data, formatted, { recursive: true });
  moveTo(FORMATTED, formatted);
  if (existsSync(CLASSES)) return;
  const archive = join(folder, 'classes.jsa');
  const jvm = [...QUICK_START, `-XX:ArchiveClassesAtExit=${archive}`];
  const broker = spawn(java, [...javaArguments(jvm), 'kafka.Kafka', config], {
    stdio: 'ignore',
    timeout: RUN_TIMEOUT,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise((resolve) => broker.once('exit', resolve));
  while (broker.exitCode === null && broker.signalCode === null && !(await isOpen(port)))
    await new Promise((resolve) => setTimeout(resolve, 50));
  broker.kill('SIGTERM');
  await ended;
  if (!existsSync(archive)) return;
  const fresh = mkdtempSync(join(FOLDER, 'archive-'));
  cpSync(archive, join(fresh, 'classes.jsa'));
  renameSync(join(fresh, 'classes.jsa'), CLASSES);
  rmSync(fresh, { recursive: true });
}

/** The first of several preparations wins. */
function moveTo(place: string, fresh: string): void {
  try {
    renameSync(fresh, place);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
}

function run(program: string, args: readonly string[], timeout: number, failure: string): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout });
  if (status !== 0) throw new Error(`${failure}:\n${stdout}\n${stderr}`);
}
