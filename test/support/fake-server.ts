import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  path: string;
  method: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface FakeServer {
  url: string;
  requests: ReceivedRequest[];
  /** Resolves when so many requests have come in all. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A server on a free port that answers as the test says: for answers that no gateway in its senses would give. */
export async function startServer(
  respond: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<FakeServer> {
  const requests: ReceivedRequest[] = [];
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = {
        path: request.url ?? '',
        method: request.method ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(received);
      respond(received, response);
      arrivals.emit('request');
    });
  });
  // No connection ends but by the test, however long that takes between two requests.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    received: async (count) => {
      while (requests.length < count) await once(arrivals, 'request');
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}
