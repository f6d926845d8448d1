import type { Readable } from 'node:stream';
import { UsageError } from '../errors.js';

const MAX_BYTES = 1024 * 1024;

/**
 * Reads a stream as UTF-8 text.
 *
 * @throws UsageError if it exceeds 1 MiB, the maximum of a message.
 */
export async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk as string);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_BYTES) throw new UsageError(`The input exceeds ${MAX_BYTES} bytes, the maximum of a message`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
