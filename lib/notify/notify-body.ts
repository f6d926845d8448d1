import type { IncomingMessage } from 'node:http';
import { MAX_BYTES } from '../protocol/notify/notify-limits.js';
import type { NotifyRequest } from './notify-request.js';

/** Node's request, with what middleware has added. */
export type RawRequest = IncomingMessage & Pick<NotifyRequest, 'originalUrl' | 'body' | 'rawBody' | 'ip'>;

/**
 * The request with its body: the parsed body or, otherwise, the raw bytes. At most one chunk more than the maximum size
 * of a notify is read.
 *
 * @throws Error when the sender disconnects before the end of the body.
 */
export async function withBody(request: RawRequest): Promise<NotifyRequest> {
  const { url = '', originalUrl = url, headers, ip, rawBody, body } = request;
  const head = { url, originalUrl, headers, ip };
  if (rawBody !== undefined) return { ...head, rawBody };
  const isRead = request.readableDidRead || (body ?? undefined) !== undefined;
  if (isRead) return { ...head, body };
  // Verification refuses it by its announced size.
  if (Number(headers['content-length']) > MAX_BYTES) return head;
  return { ...head, rawBody: await bytesOf(request) };
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
