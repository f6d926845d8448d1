import type { ServerResponse } from 'node:http';

/** A server-sent event. `data` is sent as JSON; a browser sends `id` back as Last-Event-ID. */
export interface ServerEvent {
  readonly id?: number;
  readonly event: string;
  readonly data: unknown;
}

/** A response that stays open and streams events, as `text/event-stream`. */
export interface StreamResponse {
  /** Called after the headers are sent. The returned function is called when the stream ends for any reason. */
  readonly open: (send: (event: ServerEvent) => void) => () => void;
}

/** Maximum number of open streams; further ones get a 503. */
const MAX_STREAMS = 100;
/** A client with a larger backlog is disconnected; it reconnects and requests the missed events. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1_000;

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream;charset=UTF-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Accel-Buffering': 'no',
};

/** The open event streams of a server: at most 100, each kept alive by a comment every 15 s. */
export class EventStreams {
  private readonly responses = new Set<ServerResponse>();
  private heartbeat?: NodeJS.Timeout;

  get isFull(): boolean {
    return this.responses.size >= MAX_STREAMS;
  }

  /** The number of open streams. */
  get size(): number {
    return this.responses.size;
  }

  start(response: ServerResponse, stream: StreamResponse): void {
    response.writeHead(200, STREAM_HEADERS);
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    this.responses.add(response);
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS).unref();
    const end = stream.open((event) => write(response, frame(event)));
    response.once('close', () => {
      this.responses.delete(response);
      if (this.responses.size === 0) this.stopHeartbeat();
      end();
    });
  }

  close(): void {
    this.stopHeartbeat();
    for (const response of this.responses) response.end();
  }

  private beat(): void {
    for (const response of this.responses) write(response, ':\n\n');
  }

  private stopHeartbeat(): void {
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }
}

function write(response: ServerResponse, text: string): void {
  if (response.destroyed || response.writableEnded) return;
  response.write(text);
  if (response.writableLength > MAX_BACKLOG_BYTES) response.destroy();
}

/** JSON without indentation has no line breaks, so one `data` line is enough. */
function frame({ id, event, data }: ServerEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
