// For Nest 11, before Node 24.9, as docs/compatibility.md says: ts-jest makes the package CommonJS. The sandbox, which
// knows its own URL, cannot be that.
export default {
  testRegex: '.*\\.spec\\.ts$',
  transform: {
    '^.+\\.(t|j)s$': ['ts-jest', { tsconfig: { allowJs: true, esModuleInterop: true, isolatedModules: true } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!nestjs-pass2pay/)'],
  testEnvironment: 'node',
};
