import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = `<!doctype html><html lang="en"><title>The shop</title><link rel="icon" href="data:,"><h1>Back at the shop</h1>`;

/** The page of a shop that payers return to. */
export class ShopPage {
  url = '';
  private readonly server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(PAGE);
  });

  static async start(): Promise<ShopPage> {
    const shop = new ShopPage();
    await new Promise<void>((resolve) => shop.server.listen(0, '127.0.0.1', resolve));
    shop.url = `http://127.0.0.1:${(shop.server.address() as AddressInfo).port}/thanks`;
    return shop;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}
