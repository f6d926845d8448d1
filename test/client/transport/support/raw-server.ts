import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawServer {
  url: string;
  port: number;
  /** All that came in, by connection. */
  received: string[];
  /** How many requests have begun, on all connections. */
  requests(): number;
  /** Resolves when so many requests have come in whole. */
  came(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A server below HTTP, for what no HTTP server would do to a connection.
 *
 * @param onRequest called for each request, once its last byte is there
 */
export async function startRawServer(
  onRequest: (socket: Socket, request: string, nth: number) => void,
  onConnection: (socket: Socket) => void = () => {},
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  const arrivals = new EventEmitter();
  const whole: string[] = [];
  const server = createServer((socket) => {
    const connection = received.push('') - 1;
    let pending = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      received[connection] += chunk.toString();
      pending += chunk.toString();
      const request = wholeRequest(pending);
      if (request === undefined) return;
      pending = pending.slice(request.length);
      onRequest(socket, request, whole.push(request));
      arrivals.emit('request');
    });
    onConnection(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    requests: () => received.join('').match(/(POST|CONNECT) /g)?.length ?? 0,
    came: async (nth) => {
      while (whole.length < nth) await once(arrivals, 'request');
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function wholeRequest(text: string): string | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= end + 4 + length ? text.slice(0, end + 4 + length) : undefined;
}
