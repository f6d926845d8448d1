import type { ResultEvent } from '../../src/result/result-stream.js';

/** A client of an order's event stream. */
export class EventStream {
  private readonly left = new AbortController();
  private readonly events: AsyncGenerator<ResultEvent>;

  private constructor(response: Response) {
    this.events = resultEvents(response);
  }

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.status !== 200) throw new Error(`The stream answers ${response.status}`);
    const stream = new EventStream(response);
    stream.left.signal.addEventListener('abort', () => abort.abort());
    return stream;
  }

  /** The next event, or undefined where the stream has ended. */
  async next(): Promise<ResultEvent | undefined> {
    const { value, done } = await this.events.next();
    return done ? undefined : value;
  }

  /** Goes away, as a browser does whose page is closed. */
  leave(): void {
    this.left.abort();
  }
}

async function* resultEvents(response: Response): AsyncGenerator<ResultEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
      if (lines.includes('event: result')) yield JSON.parse(data.join('\n')) as ResultEvent;
    }
  }
}
