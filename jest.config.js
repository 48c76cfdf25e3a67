/** Unit tests run in parallel; suites with real brokers or a browser run one at a time (scripts/test.mjs). */
const toCommonJs = (syntax) => [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax } }, module: { type: 'commonjs' } },
];
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
const slow = ['/test/conformance/', '/test/e2e/', '/test/faults/', '/test/browser/'];

module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...slow],
    },
    ...['conformance', 'e2e', 'faults', 'browser'].map((name) => ({
      ...common,
      displayName: name,
      testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
    })),
  ],
};
