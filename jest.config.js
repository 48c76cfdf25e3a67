/** Unit tests run in parallel; suites with real brokers or a browser run one at a time (scripts/test.mjs). */
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
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
