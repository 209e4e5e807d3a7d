export default {
  roots: ['<rootDir>/.test'],
  testMatch: ['**/*.spec.js'],
  testEnvironment: 'node',
  transform: {},
  injectGlobals: false,
  testTimeout: 30_000,
}
