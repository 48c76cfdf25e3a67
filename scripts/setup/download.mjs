import { join } from 'node:path';
import { readJson } from './project.mjs';

const PROBE_MS = 8_000;
export const DOWNLOAD_MS = 240_000;

/**
 * Whether the host of a package's prebuilt binaries answers. Some networks drop packets silently, and install scripts
 * then wait for minutes. Behind a proxy, only the script itself can find out.
 */
export async function isHostReachable(packageDir) {
  if (process.env.HTTPS_PROXY || process.env.https_proxy || process.env.npm_config_https_proxy) return true;
  try {
    const host = readJson(join(packageDir, 'package.json')).binary.host;
    await fetch(host, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}
