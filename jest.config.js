const swcOptions = require('./scripts/swc-options.cjs');

/**
 * The tiers of scripts/test.mjs: `unit` is pure and fast, `*.slow.test.ts` trains, compiles or starts workers;
 * suites with a browser run one at a time.
 */
const toCommonJs = (syntax) => ['@swc/jest', swcOptions(syntax)];
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.tsx?$': toCommonJs('typescript'),
    // It loads Node's http by import(), which jest does not have.
    '/@opentelemetry/otlp-exporter-base/.+\\.js$': toCommonJs('ecmascript'),
  },
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)'],
  moduleNameMapper: { '^onnxruntime-node$': '<rootDir>/test/helpers/onnxruntime.js' },
  setupFilesAfterEnv: ['<rootDir>/test/helpers/leaks.ts'],
};
const NOT_UNIT = ['/test/conformance/', '/test/e2e/', '/test/faults/', '/test/browser/'];
const unit = { ...common, testPathIgnorePatterns: ['/node_modules/', ...NOT_UNIT] };

module.exports = {
  projects: [
    {
      ...unit,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts', '!**/*.slow.test.ts'],
    },
    { ...unit, displayName: 'slow', testMatch: ['<rootDir>/test/**/*.slow.test.ts'] },
    ...['conformance', 'e2e', 'faults', 'browser'].map((name) => ({
      ...common,
      displayName: name,
      testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
    })),
  ],
};
