import { readFileSync } from 'node:fs';
import os from 'node:os';

const ROOT = ['axios', 'undici', '@nestjs/core', 'express', 'fastify', 'class-validator', 'bullmq'];
const PEERS = ['alipay-sdk', 'tenpay', 'wechatpay-node-v3'];
const NEST11 = ['stripe', '@golevelup/nestjs-stripe'];

/** The machine of the measurements, without host names and paths. */
export function machine() {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: os.cpus().length,
    memoryGb: Math.round(os.totalmem() / 1024 ** 3),
    os: `${os.type()} ${os.release().split('-', 1)[0]}`,
    node: process.versions.node,
    versions: { ...versionsOf('../..', ROOT), ...versionsOf('..', PEERS), ...versionsOf('../nest11', NEST11) },
    takenAt: new Date().toISOString().slice(0, 10),
  };
}

function versionsOf(folder, names) {
  return Object.fromEntries(
    names.map((name) => [name, versionOf(new URL(`${folder}/node_modules/${name}/package.json`, import.meta.url))]),
  );
}

function versionOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
