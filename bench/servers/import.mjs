// Loads Nest in a fresh process, then the packages that the module depends on, then the module, and reports the CPU
// time of each step, in ms.
const used = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const atStart = used();
for (const name of ['reflect-metadata', '@nestjs/common', '@nestjs/core', '@nestjs/platform-express'])
  await import(name);
const withNest = used();
for (const name of [
  '@nestjs/axios',
  'axios',
  'class-validator',
  'class-transformer',
  '../../node_modules/undici/index.js',
]) {
  await import(name);
}
const withPeers = used();
await import('../../dist/index.js');
const withModule = used();
process.send({ nest: withNest - atStart, peers: withPeers - withNest, module: withModule - withPeers });
process.disconnect();
