// For Nest 11 on any Node, as docs/compatibility.md says and `nest add` writes it: ts-jest makes the packages CommonJS.
export default {
  testRegex: '.*\\.spec\\.ts$',
  transform: {
    '/node_modules/(nestjs-pass2pay|pass2pay-sandbox)/.+\\.js$': [
      'ts-jest',
      { tsconfig: { allowJs: true, esModuleInterop: true, isolatedModules: true } },
    ],
    '^.+\\.(t|j)s$': 'ts-jest',
  },
  transformIgnorePatterns: ['/node_modules/(?!(.*/node_modules/)?(nestjs-pass2pay|pass2pay-sandbox)/)'],
  testEnvironment: 'node',
};
