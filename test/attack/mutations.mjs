// What an attacker who has seen genuine notifies, and holds the secret of another merchant, may send.
import fc from 'fast-check';
import { sign } from 'nestjs-pass2pay/protocol';
import { MERCHANTS } from './corpus.mjs';

const TRANSPORTS = ['form', 'query', 'json'];
const CONTENT_TYPES = {
  form: 'application/x-www-form-urlencoded;charset=UTF-8',
  query: 'application/x-www-form-urlencoded;charset=UTF-8',
  json: 'application/json;charset=UTF-8',
};

/** A request in the making: `pairs` may repeat a name, `query` is what moves to the query string. */
const CHANGES = {
  none: () => {},
  'a value of another message': (request, { other, index }) => {
    const pair = pick(request.pairs, index);
    const value = other.params[pair[0]];
    if (value !== undefined) pair[1] = value;
  },
  'another state': (request, { index }) =>
    set(request, 'state', ['0', '2', '3', '5', '6', '02', '+2', '2 ', '７'][index % 9]),
  'another amount': (request, { index }) => set(request, 'amount', ['1', '0', '-1', '1.0', '1e9', '10031'][index % 6]),
  'another merchant': (request, { index }) => {
    const { mchNo, appId } = MERCHANTS[index % 2];
    set(request, 'mchNo', mchNo);
    if (index % 3 > 0) set(request, 'appId', appId);
  },
  'a name twice': (request, { index, text }) => {
    const [name] = pick(request.pairs, index);
    const at = index % 2 === 0 ? 0 : request.pairs.length;
    request.pairs.splice(at, 0, [name, text]);
  },
  'a parameter in the query string': (request, { index }) => {
    request.query.push(...request.pairs.splice(index % request.pairs.length, 1));
  },
  'all in both places': (request) => request.query.push(...request.pairs.map((pair) => [...pair])),
  'a nested name': (request, { index }) => {
    const pair = pick(request.pairs, index);
    pair[0] = [`${pair[0]}[]`, `${pair[0]}[x]`, `[${pair[0]}]`, `${pair[0]}.x`, `${pair[0]}[0]`][index % 5];
  },
  'a special name': (request, { index, text }) => {
    request.pairs.push([
      ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__[state]'][index % 5],
      text,
    ]);
  },
  'two parameters glued': (request, { index }) => {
    const at = index % Math.max(1, request.pairs.length - 1);
    const [first, second] = request.pairs.splice(at, 2);
    request.pairs.push([first[0], `${first[1]}&${second?.[0]}=${second?.[1]}`]);
  },
  'a value cut at its ampersand': (request) => {
    const pair = request.pairs.find(([, value]) => String(value).includes('&'));
    if (pair === undefined) return;
    const [head, ...rest] = String(pair[1]).split('&');
    pair[1] = head;
    for (const part of rest) request.pairs.push([part.split('=', 1)[0], part.slice(part.indexOf('=') + 1)]);
  },
  'the forged reading': (request, { message }) => {
    if (message.forged !== undefined) request.pairs = [...Object.entries(message.forged), ['sign', message.sign]];
  },
  'a name in other case': (request, { index }) => {
    const pair = pick(request.pairs, index);
    pair[0] = index % 2 === 0 ? pair[0].toUpperCase() : pair[0].toLowerCase();
  },
  'an added parameter': (request, { text, index }) =>
    request.pairs.push([['tenant', 'State', 'x', text || 'y'][index % 4], text]),
  'a parameter less': (request, { index }) => request.pairs.splice(index % request.pairs.length, 1),
  'an empty value': (request, { index }) => {
    pick(request.pairs, index)[1] = '';
  },
  'another signature': (request, { other, index, message }) => {
    const signs = [
      other.sign,
      message.sign.toLowerCase(),
      message.sign.slice(0, 31),
      '',
      `${message.sign} `,
      '0'.repeat(32),
    ];
    set(request, 'sign', signs[index % signs.length]);
  },
  'signed by another merchant': (request, { index, message }) => {
    const params = { ...message.params, state: '2', amount: '1' };
    const secrets = [
      ...MERCHANTS.map(({ secrets: [first] }) => first),
      'undefined',
      'null',
      message.params.mchNo,
      'key',
    ];
    const foreign = MERCHANTS.find(({ mchNo }) => mchNo !== message.params.mchNo);
    const secret = index % 2 === 0 ? [foreign.secrets].flat()[0] : secrets.slice(2)[index % 4];
    request.pairs = [...Object.entries(params), ['sign', sign(params, secret)]];
  },
  'numbers as numbers': (request, { index }) => {
    for (const pair of request.pairs) {
      if (!/^\d{1,15}$/.test(pair[1])) continue;
      pair[1] = [Number(pair[1]), { literal: `${pair[1]}.0` }, { literal: `${pair[1]}e0` }, { literal: `0${pair[1]}` }][
        index % 4
      ];
    }
  },
  'a value of another type': (request, { index }) => {
    pick(request.pairs, index)[1] = [null, true, [], {}, ['2'], { state: 2 }, 1e21, 0.1][index % 8];
  },
  'another content type': (request, { index }) => {
    const { form, json } = CONTENT_TYPES;
    request.contentType = [
      'text/plain',
      json,
      form,
      'multipart/form-data; boundary=x',
      '',
      'application/json; charset=utf-16',
      'application/vnd.api+json',
      'APPLICATION/JSON',
    ][index % 8];
  },
  'another path': (request) => {
    request.kind = request.kind === 'payment' ? 'transfer' : 'payment';
  },
  'more escapes': (request) => {
    request.escapesAll = true;
  },
  'spaces as they are': (request) => {
    request.rawSpaces = true;
  },
};

/** What changes the bytes of the body or the query string. */
const BYTE_CHANGES = {
  none: (bytes) => bytes,
  'a bit': (bytes, index, bit) => {
    if (bytes.length > 0) bytes[index % bytes.length] ^= 1 << bit;
    return bytes;
  },
  'a byte less': (bytes, index) =>
    Buffer.concat([bytes.subarray(0, index % (bytes.length + 1)), bytes.subarray((index % (bytes.length + 1)) + 1)]),
  'a byte more': (bytes, index, bit) =>
    Buffer.concat([
      bytes.subarray(0, index % (bytes.length + 1)),
      Buffer.from(['&=%+"\\\u0000{'[bit]].join('')),
      bytes.subarray(index % (bytes.length + 1)),
    ]),
  'cut short': (bytes, index) => bytes.subarray(0, index % (bytes.length + 1)),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  'with a BOM': (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]),
};

const change = fc.record({
  name: fc.constantFrom(...Object.keys(CHANGES)),
  index: fc.nat(1_000),
  other: fc.nat(),
  text: fc.string({ maxLength: 8 }),
});

const plan = fc.record({
  message: fc.nat(),
  transport: fc.constantFrom(...TRANSPORTS),
  changes: fc.array(change, { minLength: 0, maxLength: 2 }),
  bytes: fc.record({
    name: fc.constantFrom('none', 'none', 'none', ...Object.keys(BYTE_CHANGES)),
    index: fc.nat(4_000),
    bit: fc.nat(7),
  }),
});

/** @returns `count` requests, each `{ kind, transport, contentType, query, body }`, where `query` has no `?`. */
export function mutated(messages, seed, count) {
  return fc.sample(plan, { seed, numRuns: count }).map((given) => toRequest(messages, given));
}

function toRequest(messages, { message: at, transport, changes, bytes }) {
  const message = messages[at % messages.length];
  const request = {
    kind: message.kind,
    pairs: [...Object.entries(message.params), ['sign', message.sign]].map((pair) => [...pair]),
    query: [],
    contentType: CONTENT_TYPES[transport],
  };
  for (const { name, other, ...rest } of changes) {
    CHANGES[name](request, { ...rest, message, other: messages[other % messages.length] });
    if (request.pairs.length === 0) request.pairs.push(['x', '']);
  }
  const written = Buffer.from(transport === 'json' ? jsonOf(request.pairs, request) : formOf(request.pairs, request));
  const sent = BYTE_CHANGES[bytes.name](written, bytes.index, bytes.bit);
  const query = [
    request.query.length > 0 ? formOf(request.query, request) : '',
    transport === 'query' ? inUrl(sent) : '',
  ]
    .filter(Boolean)
    .join('&');
  const body = transport === 'query' ? Buffer.alloc(0) : sent;
  return { kind: request.kind, transport, contentType: request.contentType, query: inUrl(Buffer.from(query)), body };
}

function formOf(pairs, { escapesAll, rawSpaces }) {
  const encode = (value) => {
    const text = typeof value === 'object' && value !== null ? (value.literal ?? JSON.stringify(value)) : String(value);
    if (escapesAll) return Buffer.from(text).toString('hex').replaceAll(/../g, '%$&');
    const encoded = encodeURIComponent(text.toWellFormed?.() ?? text.replaceAll(/[\ud800-\udfff]/g, '?'));
    return rawSpaces ? encoded.replaceAll('%20', ' ').replaceAll('%26', '&') : encoded.replaceAll('%20', '+');
  };
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function jsonOf(pairs, { escapesAll }) {
  const write = (value) => {
    if (typeof value === 'object' && value?.literal !== undefined) return value.literal;
    const text = JSON.stringify(value);
    if (!escapesAll || typeof value !== 'string') return text;
    return `"${[...Array(value.length).keys()].map((at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
  };
  return `{${pairs.map(([name, value]) => `${write(name)}:${write(value)}`).join(',')}}`;
}

/** What no HTTP client could put into a request line is escaped. */
function inUrl(bytes) {
  return [...bytes]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x23
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

function pick(pairs, index) {
  return pairs[index % pairs.length];
}

function set(request, name, value) {
  const pair = request.pairs.find((each) => each[0] === name);
  if (pair === undefined) request.pairs.push([name, value]);
  else pair[1] = value;
}
