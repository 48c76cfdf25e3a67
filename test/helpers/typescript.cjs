/** Loads the tests' TypeScript in plain Node, like Jest: `node --require ./test/helpers/typescript.cjs …`. */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

/** Replaceable, for a test that changes the sources on the way. */
const sources = { read: (filename) => readFileSync(filename, 'utf8') };

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(sources.read(filename), {
    filename,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  module._compile(code, filename);
};

module.exports = sources;
