/** The unit tests of `npm run test:unit`, in a few suites that share their modules: see test/helpers/unit-share.ts. */
const { readdirSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { projects } = require('./jest.config.js');

const unit = projects.find(({ displayName }) => displayName === 'unit');
const files = readdirSync(join(__dirname, 'test', 'shares')).sort();
/** One for each core: every suite loads all modules, which takes seconds. */
const shares = files.slice(0, Math.max(2, availableParallelism()));

module.exports = {
  ...unit,
  testMatch: shares.map((file) => `<rootDir>/test/shares/${file}`),
  globals: { UNIT_SHARES: shares },
};
