import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Message, Mistake, Variant } from '../../../lib/protocol/diagnosis/diagnose-mistakes.js';
import { findMistakes } from '../../../lib/protocol/diagnosis/diagnose-search.js';
import { hash, type Digest, type Entry, type Signing } from '../../../lib/protocol/diagnosis/diagnose-signing.js';

const md5: Digest = (canonical, secret) => hash('md5', `${canonical}${secret}`);
const digest = jest.fn<Digest>(md5);
const write = jest.fn(({ text }: Entry) => text);
beforeEach(() => {
  digest.mockClear();
  write.mockClear();
});

/** A message of one parameter, so that each text that is built is written by one call. */
function signing(text = '.', secrets = ['s0']): Signing {
  return {
    entries: [{ name: 'a', value: text, text, signed: true }],
    write,
    order: (lines) => lines,
    secrets: secrets.map((secret, index) => ({ text: secret, index })),
    digest,
  };
}

const message: Message = { entries: [], known: new Set(), missing: [], otherSecrets: [] };
const mistake = (step: Mistake['step'], ...variants: Variant[]): Mistake => ({
  code: 'value-trimmed',
  step,
  message: '',
  variants: () => variants,
});

/** A change of the text, which shows in the texts that are tried. */
const adding = (letters: string, narrow = false): Variant => ({
  narrow,
  apply: (before) => ({
    ...before,
    entries: before.entries.map((entry) => ({ ...entry, text: entry.text + letters })),
  }),
});
/** A change that is no change. */
const nothing: Variant = { apply: (before) => ({ ...before, entries: [...before.entries] }) };
const ordering = (): Variant => ({ apply: (before) => ({ ...before, order: (lines) => lines.toReversed() }) });

const NEVER = Buffer.alloc(16);
const find = (mistakes: readonly Mistake[], signature: Buffer = NEVER, right = signing()) =>
  findMistakes(right, message, mistakes, signature);
/** The texts that were hashed, in their order. */
const tried = () => digest.mock.calls.map(([canonical]) => canonical);
const built = () => write.mock.calls.length;

describe('the search for the mistakes behind a signature', () => {
  it('finds that there is none, and with which secret it was signed', () => {
    const right = signing('.', ['s0', 's1']);
    expect(find([mistake('entries', adding('A'))], md5('.', 's1'), right)).toEqual({ made: [], secret: 1 });
    expect(tried()).toEqual(['.', '.']);
  });

  it('finds one', () => {
    const variant = adding('B');
    const trimmed = mistake('entries', adding('A'), variant);
    const found = find([mistake('entries', adding('C')), trimmed], md5('.B', 's0'));
    expect(found).toEqual({ made: [{ mistake: trimmed, variant }], secret: 0 });
  });

  it('finds two', () => {
    const first = mistake('entries', adding('A'));
    const second = mistake('entries', adding('B'));
    expect(find([first, second], md5('.AB', 's0'))?.made.map((made) => made.mistake)).toEqual([first, second]);
    expect(find([first, second], md5('.BA', 's0'))).toBeUndefined();
  });

  it('tries the likelier mistakes first, and those of one parameter last', () => {
    find([
      mistake('digest', adding('A1'), adding('A2'), adding('A3')),
      mistake('digest', adding('B1'), adding('B2')),
      mistake('digest', adding('C1', true)),
      mistake('digest', adding('D1')),
    ]);
    expect(tried()).toEqual(['.', '.A1', '.B1', '.A2', '.B2', '.D1', '.A3', '.C1']);
  });

  it('then tries all pairs, those of two likely ones first', () => {
    find(['A', 'B', 'C', 'D'].map((letter) => mistake('entries', adding(letter))));
    expect(tried().slice(5)).toEqual(['.AB', '.AC', '.AD', '.BC', '.BD', '.CD']);
  });

  it('combines no two changes of one step, except of different entries, which are changed first', () => {
    find([mistake('digest', adding('A'), adding('B')), mistake('digest', adding('C'))]);
    expect(tried()).toEqual(['.', '.A', '.C', '.B']);
    digest.mockClear();
    find([mistake('entries', adding('A'), adding('B'))]);
    expect(tried()).toEqual(['.', '.A', '.B']);
    digest.mockClear();
    find([mistake('entries', adding('A', true), adding('B', true), adding('C', true))]);
    expect(tried()).toEqual(['.', '.A', '.B', '.C', '.AB', '.AC', '.BC']);
    digest.mockClear();
    find([mistake('entries', adding('A', true), adding('B'))]);
    expect(tried()).toEqual(['.', '.B', '.A']);
    digest.mockClear();
    find([mistake('digest', adding('A')), mistake('entries', adding('B'))]);
    expect(tried()).toEqual(['.', '.A', '.B', '.BA']);
  });

  it('combines nothing with what changes nothing, except an order, which may matter later', () => {
    find([mistake('entries', nothing), mistake('entries', adding('A'))]);
    expect([tried(), built()]).toEqual([['.', '.A'], 3]);
    write.mockClear();
    find([mistake('order', ordering()), mistake('entries', adding('A'))]);
    expect(built()).toBe(4);
  });
});

describe('the work of the search', () => {
  it('hashes a text once with each secret', () => {
    find([mistake('entries', adding('A')), mistake('digest', adding('A'))], NEVER, signing('.', ['s0', 's1']));
    expect(tried()).toEqual(['.', '.', '.A', '.A']);
  });

  it('builds a text once for all secrets and hashes', () => {
    const other: Digest = (canonical, secret) => md5(canonical, `${secret}!`);
    find([
      mistake('secrets', { apply: (before) => ({ ...before, secrets: [{ text: 'other' }] }) }),
      mistake('digest', { apply: (before) => ({ ...before, digest: other }) }),
    ]);
    expect([tried(), built()]).toEqual([['.', '.'], 1]);
  });

  it('tries the first eight secrets, and the first hundred variants of a mistake', () => {
    find(
      [],
      NEVER,
      signing(
        '.',
        Array.from({ length: 9 }, (_, i) => `s${i}`),
      ),
    );
    expect(digest.mock.calls.map(([, secret]) => secret)).toEqual(Array.from({ length: 8 }, (_, i) => `s${i}`));
    digest.mockClear();
    find([mistake('digest', ...Array.from({ length: 101 }, (_, i) => adding(String(i))))]);
    expect(tried()).toEqual(['.', ...Array.from({ length: 100 }, (_, i) => `.${i}`)]);
  });

  const many = (step: Mistake['step'], mistakes: number, variants: number) =>
    Array.from({ length: mistakes }, (_, i) =>
      mistake(step, ...Array.from({ length: variants }, (_none, j) => adding(`${i}:${j};`))),
    );

  it.each([
    ['single mistakes', many('digest', 20, 100), ['s0']],
    ['single mistakes and two secrets', many('digest', 20, 100), ['s0', 's1']],
    ['single mistakes and three secrets', many('digest', 20, 100), ['s0', 's1', 's2']],
    ['pairs', many('entries', 60, 1), ['s0']],
  ])('ends after 2,000 steps: %s', (_what, mistakes, secrets) => {
    expect(find(mistakes, NEVER, signing('.', secrets))).toBeUndefined();
    expect(tried().length + built()).toBe(2_000);
  });

  it('ends after a million characters', () => {
    expect(find(many('digest', 20, 1), NEVER, signing('x'.repeat(100_000)))).toBeUndefined();
    expect([tried().length, built()]).toEqual([5, 5]);
  });
});
