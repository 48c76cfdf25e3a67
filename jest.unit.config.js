/** The unit tests of `npm run test:unit`, in a few suites that share their modules: see test/helpers/unit-share.ts. */
const { projects } = require('./jest.config.js');

const unit = projects.find(({ displayName }) => displayName === 'unit');
module.exports = { ...unit, testMatch: ['<rootDir>/test/shares/*.ts'] };
