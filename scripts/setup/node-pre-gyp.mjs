import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { headersEnvironment } from './toolchain.mjs';

/** Runs the package's own node-pre-gyp; through npm, which brings node-gyp. */
export function nodePreGyp(packageDir, args, { env, ...options }) {
  const tool = createRequire(join(packageDir, 'package.json')).resolve(
    '@mapbox/node-pre-gyp/bin/node-pre-gyp',
  );
  return npm(['exec', '--no', '--ignore-scripts=false', `--call=node "$NODE_PRE_GYP" ${args.join(' ')}`], {
    ...options,
    cwd: packageDir,
    env: { ...headersEnvironment(), ...env, NODE_PRE_GYP: tool },
  });
}
