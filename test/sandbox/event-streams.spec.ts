import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SandboxClock } from '../../sandbox/gateway/clock/sandbox-clock.js';
import { Door } from '../../sandbox/gateway/http/door.js';
import { SandboxHttpServer, type SandboxRequest, type Site } from '../../sandbox/gateway/http/http-server.js';
import type { ServerEvent } from '../../sandbox/gateway/http/event-stream.js';
import { EventSource } from './support/event-source.js';
import { Happenings } from './support/happenings.js';

type Send = (event: ServerEvent) => void;

/** Keeps the ends of its streams in hand. */
class StreamSite implements Site {
  readonly access = 'controls';
  readonly open = new Set<Send>();
  private readonly happenings = new Happenings();

  serves(): boolean {
    return true;
  }

  respond(_request: SandboxRequest): { open: (send: Send) => () => void } {
    return {
      open: (send) => {
        this.open.add(send);
        this.happenings.tell();
        return () => {
          this.open.delete(send);
          this.happenings.tell();
        };
      },
    };
  }

  /** Resolves when so many streams are open. */
  has(count: number): Promise<void> {
    return this.happenings.until(() => this.open.size === count);
  }

  tell(event: ServerEvent): void {
    for (const send of this.open) send(event);
  }
}

let site: StreamSite;
let server: SandboxHttpServer;
let url: string;

beforeEach(async () => {
  site = new StreamSite();
  server = new SandboxHttpServer([site], new SandboxClock('real'), new Door({ allowedHosts: [] }));
  url = await server.listen(0, '127.0.0.1');
});
afterEach(() => server.close());

describe('an event stream', () => {
  it('sends each event with its id, name and JSON', async () => {
    const source = await EventSource.open(url);
    expect(source.response.statusCode).toBe(200);
    expect(source.response.headers).toMatchObject({
      'content-type': 'text/event-stream;charset=UTF-8',
      'cache-control': 'no-store',
    });
    site.tell({ id: 7, event: 'news', data: { text: 'two\nlines' } });
    site.tell({ event: 'news', data: null });
    await source.data(2);
    expect(source.events).toEqual([
      { id: '7', event: 'news', data: { text: 'two\nlines' } },
      { id: undefined, event: 'news', data: null },
    ]);
    expect(source.text).toContain('id: 7\nevent: news\ndata: {"text":"two\\nlines"}\n\n');
  });

  it('is forgotten when the client goes', async () => {
    const source = await EventSource.open(url);
    const other = await EventSource.open(url);
    await site.has(2);
    source.close();
    await site.has(1);
    site.tell({ event: 'news', data: 1 });
    expect(await other.data(1)).toEqual([1]);
  });

  it('ends when the server closes', async () => {
    const source = await EventSource.open(url);
    await site.has(1);
    await server.close();
    await source.end();
    await site.has(0);
    expect(source.response.complete).toBe(true);
  });

  it('is one of a hundred at most', async () => {
    const sources = await Promise.all(Array.from({ length: 100 }, () => EventSource.open(url)));
    const refused = await EventSource.open(url);
    expect(refused.response.statusCode).toBe(503);
    sources[0]?.close();
    await site.has(99);
    expect((await EventSource.open(url)).response.statusCode).toBe(200);
  });

  it('cuts off a client that does not read', async () => {
    const source = await EventSource.open(url);
    await site.has(1);
    source.response.pause();
    const much = 'x'.repeat(100_000);
    // What the kernel takes in goes beyond our megabyte by far.
    for (let i = 0; i < 2_000 && site.open.size > 0; i++) {
      site.tell({ event: 'news', data: much });
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await site.has(0);
  });
});
