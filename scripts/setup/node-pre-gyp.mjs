import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { npm } from './npm.mjs';
import { headersEnvironment } from './toolchain.mjs';

/**
 * Runs the package's own node-pre-gyp; through npm, which brings node-gyp. With this Node in front of others: the binary
 * must fit the Node that asked for it, and not the one that npm would find.
 */
export function nodePreGyp(packageDir, args, { env, ...options }) {
  const tool = createRequire(join(packageDir, 'package.json')).resolve(
    '@mapbox/node-pre-gyp/bin/node-pre-gyp',
  );
  return npm(['exec', '--no', '--ignore-scripts=false', `--call=node "$NODE_PRE_GYP" ${args.join(' ')}`], {
    ...options,
    cwd: packageDir,
    env: {
      ...headersEnvironment(),
      ...env,
      NODE_PRE_GYP: tool,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    },
  });
}
