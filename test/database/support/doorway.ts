import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** An address that outlives the processes behind it: passes each request on to the one that is there. */
export class Doorway {
  private target: string | undefined;

  private constructor(private readonly server: http.Server) {}

  static async open(): Promise<Doorway> {
    const server = http.createServer((request, response) => void doorway.pass(request, response));
    const doorway = new Doorway(server);
    server.keepAliveTimeout = 0;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return doorway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  leadTo(url: string | undefined): void {
    this.target = url;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    if (this.target === undefined) {
      response.writeHead(502).end();
      return;
    }
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const answer = await fetch(new URL(request.url!, this.target), { method: 'POST', headers, body });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
  }
}
