import { get, type IncomingMessage } from 'node:http';
import { until } from './until.js';

export interface ReceivedEvent {
  id?: string;
  event: string;
  data: unknown;
}

/** A client of server-sent events that shows what came. */
export class EventSource {
  readonly events: ReceivedEvent[] = [];
  /** Everything that came, comments included. */
  text = '';
  ended = false;
  private unread = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => {});
  }

  static open(url: string, headers: Record<string, string> = {}): Promise<EventSource> {
    return new Promise((resolve, reject) => {
      const outgoing = get(url, { headers, agent: false }, (response) => resolve(new EventSource(response)));
      outgoing.on('error', reject);
    });
  }

  close(): void {
    this.response.destroy();
  }

  async data(count: number): Promise<unknown[]> {
    await until(() => this.events.length >= count);
    return this.events.map(({ data }) => data);
  }

  private read(chunk: string): void {
    this.text += chunk;
    const blocks = (this.unread + chunk).split('\n\n');
    this.unread = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const data = field('data');
      if (data === undefined) continue;
      this.events.push({ id: field('id'), event: field('event') ?? 'message', data: JSON.parse(data) });
    }
  }
}
