// The AWS SDK's notice about the next versions of Node is no concern of a test.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  // swc, because TypeScript 7 has no JavaScript API that ts-jest could use.
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Most of the time the tests wait for nodes and servers, so every core gets a worker.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/scripts/jest-longest-first.js',
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/scripts/jest-tally.js'],
};
