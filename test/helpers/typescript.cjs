/** Loads the tests' TypeScript in plain Node, like Jest: `node --require ./test/helpers/typescript.cjs …`. */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');
const swcOptions = require('../../scripts/swc-options.cjs');

/** Replaceable, for a test that changes the sources on the way. */
const sources = { read: (filename) => readFileSync(filename, 'utf8') };

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(sources.read(filename), { filename, ...swcOptions() });
  module._compile(code, filename);
};

module.exports = sources;
