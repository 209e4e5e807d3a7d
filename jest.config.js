export default {
  roots: ['<rootDir>/.test'],
  testMatch: ['**/*.spec.js'],
  testEnvironment: 'node',
  transform: {},
  injectGlobals: false,
  testTimeout: 30_000,
  // A worker keeps what the modules of each file took: after a hundred files its garbage collector has most of the time.
  workerIdleMemoryLimit: '600MB',
}
