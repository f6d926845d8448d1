import { brotliDecompressSync, gunzipSync, unzipSync } from 'node:zlib';

/** Decodes an encoding; throws when the bytes are invalid, or when the result exceeds `maxBytes`, unless that is -1. */
type Decoder = (bytes: Buffer, maxBytes: number) => Buffer;

const DECODERS: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength?: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: unzipSync,
  br: brotliDecompressSync,
};

/**
 * The decoder of a Content-Encoding; undefined if there is none or it is unknown. The module requests no encoding,
 * since the gateway's responses are short, but a proxy may encode them.
 */
export function decoderOf(encoding: string | undefined): Decoder | undefined {
  const name = encoding?.trim().toLowerCase() ?? '';
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name]! : undefined;
  return (
    decode && ((bytes, maxBytes) => decode(bytes, maxBytes > -1 ? { maxOutputLength: Math.max(maxBytes, 1) } : {}))
  );
}
