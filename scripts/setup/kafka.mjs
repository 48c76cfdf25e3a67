import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { DOWNLOAD_MS } from './download.mjs';
import { nodePreGyp } from './node-pre-gyp.mjs';
import { BUILD_TOOLS } from './toolchain.mjs';

const BUILD_MS = 20 * 60_000;

export const kafka = {
  title: 'Kafka client',
  usualSeconds: 70,
  package: '@confluentinc/kafka-javascript',
  folders: ['build'],
  // Built without the OpenSSL headers it loads, and then refuses every TLS broker.
  check: "loaded.features.includes('ssl')",
  off: { name: 'Kafka', instead: 'the memory and Pub/Sub brokers work' },
  tools: [...BUILD_TOOLS, 'the zlib headers', 'the OpenSSL headers'],
  // The prebuilt binary has both; librdkafka's configure leaves out what it finds no headers for.
  extras: [
    {
      name: 'zstd',
      check: "loaded.features.includes('zstd')",
      tool: 'the zstd headers',
      without: 'batches compressed with zstd cannot be read',
    },
    {
      name: 'OIDC',
      check: "loaded.features.includes('oidc')",
      tool: 'the curl headers',
      without: 'sasl.oauthbearer.assertion.* and sasl.oauthbearer.metadata.* are refused',
    },
  ],

  download: (packageDir, log) => nodePreGyp(packageDir, ['install'], { log, timeoutMs: DOWNLOAD_MS }),

  /** From the librdkafka sources inside the package; about a minute. */
  async repair(packageDir, log) {
    await removeRemains(packageDir, log);
    return nodePreGyp(packageDir, ['install', '--build-from-source'], {
      log,
      timeoutMs: BUILD_MS,
      // A static librdkafka fetches its own dependencies; its makefiles break when run in parallel.
      env: { CKJS_LINKING: 'dynamic', JOBS: '1', MAKEFLAGS: '' },
    });
  },
};

/** A build that was killed may leave half an object file, which make takes for a whole one. */
async function removeRemains(packageDir, log) {
  rmSync(join(packageDir, 'build'), { recursive: true, force: true });
  const sources = join(packageDir, 'deps', 'librdkafka');
  if (existsSync(join(sources, 'Makefile.config'))) await run('make', ['clean'], { cwd: sources, log });
}
