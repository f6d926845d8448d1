import type { IncomingMessage } from 'node:http';
import { MAX_BYTES } from '../protocol/notify/notify-limits.js';
import type { NotifyRequest } from './notify-request.js';

/** Node's request, with what middleware has added. */
export type RawRequest = IncomingMessage & Pick<NotifyRequest, 'originalUrl' | 'body' | 'rawBody' | 'ip'>;

/**
 * The request with its body: the parsed body or, otherwise, the raw bytes. At most one chunk more than the maximum size
 * of a notify is read.
 *
 * @param sender has the sender's address; it is only determined if it is needed
 * @throws Error when the sender disconnects before the end of the body.
 */
export async function withBody(
  request: RawRequest,
  sender: Pick<NotifyRequest, 'ip'> = request,
): Promise<NotifyRequest> {
  const { url = '', originalUrl = url, headers, rawBody, body } = request;
  const read: NotifyRequest = new ReadRequest(url, originalUrl, headers, sender);
  if (rawBody !== undefined) {
    read.rawBody = rawBody;
  } else if (request.readableDidRead || (body ?? undefined) !== undefined) {
    read.body = body;
  } else if (!(Number(headers['content-length']) > MAX_BYTES)) {
    // Verification refuses a longer one by its announced size.
    read.rawBody = await bytesOf(request);
  }
  return read;
}

/** A class, because V8 keeps an object literal with a getter as a dictionary: 7 % of the route's CPU. */
class ReadRequest implements NotifyRequest {
  constructor(
    readonly url: string,
    readonly originalUrl: string,
    readonly headers: NotifyRequest['headers'],
    private readonly sender: Pick<NotifyRequest, 'ip'>,
  ) {}

  get ip(): string | undefined {
    return this.sender.ip;
  }
}

function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = () => {
      request.off('data', take).off('end', end).off('error', reject).off('close', abort);
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= MAX_BYTES) return;
      request.pause();
      end();
    };
    const abort = () => reject(new Error('the sender disconnected before the end of the body'));
    request.on('data', take).on('end', end).on('error', reject).on('close', abort);
  });
}
