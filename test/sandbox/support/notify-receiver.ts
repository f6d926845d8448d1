import { subscribe } from 'node:diagnostics_channel';
import {
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Happenings } from './happenings.js';

export interface ReceivedNotify {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  rawHeaders: string[];
  body: string;
}

type Reply = (response: ServerResponse, received: ReceivedNotify) => void;

/** A merchant's notify endpoint on a port of its own; replies in turn, the last reply for good. */
export class NotifyReceiver {
  readonly received: ReceivedNotify[] = [];
  url = '';
  private readonly happenings = new Happenings();
  private readonly server: Server;
  private replies: Reply[] = [saying('success')];

  constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method = '', url = '', headers, rawHeaders } = request;
        const received = { method, url, headers, rawHeaders, body };
        this.received.push(received);
        const [reply] = this.replies.length > 1 ? this.replies.splice(0, 1) : this.replies;
        reply?.(response, received);
        this.happenings.tell();
      });
    });
  }

  static async start(...replies: Reply[]): Promise<NotifyReceiver> {
    const receiver = new NotifyReceiver();
    if (replies.length > 0) receiver.replies = replies;
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}/notify`;
    return receiver;
  }

  reply(...replies: Reply[]): void {
    this.replies = replies;
  }

  /** Resolves when so many notifies have come. */
  heard(count: number): Promise<void> {
    return this.until(() => this.received.length >= count);
  }

  /** Resolves when the condition holds; looks at it whenever a notify has come. */
  until(condition: () => boolean): Promise<void> {
    return this.happenings.until(condition);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}

export function saying(text: string | Buffer, status = 200, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, headers);
    response.end(text);
  };
}

/** Never answers. */
export const silent: Reply = () => {};

let lastRequest: ClientRequest | undefined;
subscribe('http.client.request.start', (message) => {
  lastRequest = (message as { request: ClientRequest }).request;
});

/** Never answers, and the sender's patience is over at once; for a sender in this process, which sends one at a time. */
export const timedOut: Reply = () => lastRequest?.emit('timeout');
