// For Nest 11, before Node 24.9: ts-jest makes the package CommonJS. The sandbox, which knows its own URL, cannot be that.
export default {
  testRegex: '.*\\.spec\\.ts$',
  transform: { '^.+\\.(t|j)s$': ['ts-jest', { tsconfig: 'tsconfig.jest.json' }] },
  transformIgnorePatterns: ['/node_modules/(?!nestjs-pass2pay/)'],
  testEnvironment: 'node',
};
