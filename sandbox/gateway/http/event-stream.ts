import type { ServerResponse } from 'node:http';

/** One server-sent event. `data` goes out as JSON; `id` is what a browser sends back as Last-Event-ID. */
export interface ServerEvent {
  readonly id?: number;
  readonly event: string;
  readonly data: unknown;
}

/** An answer that stays open and tells what happens, as `text/event-stream`. */
export interface StreamResponse {
  /** Called once the head is sent. What it returns is called when the stream ends, whoever ends it. */
  readonly open: (send: (event: ServerEvent) => void) => () => void;
}

/** Streams that are open at the same time; one more is answered with 503. */
const MAX_STREAMS = 100;
/** A client that lets this much pile up is cut off; it connects again and asks for what it missed. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1_000;

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream;charset=UTF-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Accel-Buffering': 'no',
};

/** The open event streams of a server: no more than 100, each kept alive by a comment every 15 s. */
export class EventStreams {
  private readonly responses = new Set<ServerResponse>();
  private heartbeat?: NodeJS.Timeout;

  get isFull(): boolean {
    return this.responses.size >= MAX_STREAMS;
  }

  /** How many are open. */
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

/** JSON has no line breaks of its own, so one `data` line is enough. */
function frame({ id, event, data }: ServerEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
