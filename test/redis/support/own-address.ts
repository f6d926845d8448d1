import { randomInt } from 'node:crypto';

/**
 * An address on this machine that nobody else takes while its server is away: a host of its own, where the system answers
 * on all of 127.0.0.0/8, and a port below those that the system gives out.
 */
export function ownAddress(): { host: string; port: number } {
  const host =
    process.platform === 'linux' ? `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}` : '127.0.0.1';
  return { host, port: randomInt(10_000, 20_000) };
}
