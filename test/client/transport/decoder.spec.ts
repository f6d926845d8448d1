import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { decoderOf } from '../../../lib/client/transport/decoder.js';

const TEXT = 'x'.repeat(1_000);

describe('a Content-Encoding', () => {
  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    [' GZip ', gzipSync],
  ])('%p is decoded', (encoding, encode) => {
    expect(decoderOf(encoding)!(encode(TEXT), -1).toString()).toBe(TEXT);
  });

  it.each([undefined, '', 'identity', 'zstd', 'gzip, br', 'constructor', 'toString'])('%p is not', (encoding) => {
    expect(decoderOf(encoding)).toBeUndefined();
  });
});

describe('the limit', () => {
  const decode = decoderOf('gzip')!;

  it('allows exactly as many bytes, or any number if it is -1', () => {
    expect(decode(gzipSync(TEXT), 1_000)).toHaveLength(1_000);
    expect(decode(gzipSync(TEXT), -1)).toHaveLength(1_000);
    expect(decode(gzipSync(''), 0)).toHaveLength(0);
  });

  it.each([999, 1, 0])('of %i bytes refuses more', (maxBytes) => {
    expect(() => decode(gzipSync(TEXT), maxBytes)).toThrow(/^Cannot create a Buffer larger than/);
  });

  it('does not matter for invalid bytes, which are refused', () => {
    expect(() => decode(Buffer.from('no gzip'), -1)).toThrow('incorrect header check');
  });
});
