// Boots a Nest application in a fresh process: empty, or with the module. Reports how long loading and booting took, in
// ms.
import { createRequire } from 'node:module';

const fromRoot = createRequire(new URL('../../package.json', import.meta.url));
fromRoot('reflect-metadata');
const { Module } = fromRoot('@nestjs/common');
const { NestFactory } = fromRoot('@nestjs/core');
fromRoot('@nestjs/platform-express');

const begun = performance.now();
const imports = [];
if (process.argv[2] === 'module') {
  const { Pass2PayModule } = await import('../../dist/index.js');
  const merchants = [{ mchNo: 'M1', appId: 'A1', secrets: 'bench-secret-0123456789abcdef' }];
  imports.push(Pass2PayModule.forRoot({ baseUrl: 'https://api.example', merchants }));
} else if (process.argv[2] === 'peers') {
  for (const name of ['@nestjs/axios', 'axios', 'class-validator', 'class-transformer']) await import(name);
}
const loaded = performance.now();
class App {}
Module({ imports })(App);
const app = await NestFactory.create(App, { logger: false });
await app.init();
const booted = performance.now();
process.send({ load: loaded - begun, boot: booted - loaded });
await app.close();
process.disconnect();
