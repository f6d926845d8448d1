import { get, type IncomingMessage } from 'node:http';
import { Happenings } from './happenings.js';

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
  private readonly happenings = new Happenings();
  private unread = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    response.on('close', () => {
      this.ended = true;
      this.happenings.tell();
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
    await this.happenings.until(() => this.events.length >= count);
    return this.events.map(({ data }) => data);
  }

  async end(): Promise<void> {
    await this.happenings.until(() => this.ended);
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
    this.happenings.tell();
  }
}
