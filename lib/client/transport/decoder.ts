import { brotliDecompressSync, gunzipSync, unzipSync } from 'node:zlib';

/** Undoes an encoding; throws when the bytes are broken, or become more than `maxBytes`, where that is not -1. */
type Decoder = (bytes: Buffer, maxBytes: number) => Buffer;

const DECODERS: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength?: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: unzipSync,
  br: brotliDecompressSync,
};

/**
 * What undoes a Content-Encoding; undefined where there is none, or it is not known. None is asked for, since the
 * gateway's answers are short; a proxy may encode them all the same.
 */
export function decoderOf(encoding: string | undefined): Decoder | undefined {
  const name = encoding?.trim().toLowerCase() ?? '';
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name]! : undefined;
  return (
    decode && ((bytes, maxBytes) => decode(bytes, maxBytes > -1 ? { maxOutputLength: Math.max(maxBytes, 1) } : {}))
  );
}
