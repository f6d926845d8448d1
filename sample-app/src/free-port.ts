import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections: one of those could take the port before it is used. */
const FROM = 20_000;
const TO = 30_000;

/** The preferred port of this machine if nobody listens there, else one that is free. */
export async function freePort(preferred = randomInt(FROM, TO)): Promise<number> {
  const server = createServer();
  try {
    server.listen(preferred, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return preferred;
}
