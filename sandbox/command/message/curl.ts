import { UsageError } from '../errors.js';
import { shellWords } from './shell-words.js';

/** The request that a curl command would send. */
export interface CurlRequest {
  readonly url: string;
  readonly method: string;
  /** Undefined if the command sets none; curl then uses the form content type. */
  readonly contentType?: string;
  readonly body?: string;
  /** Warnings for the user. */
  readonly notes: readonly string[];
}

/** Short options that take a value. */
const SHORT_WITH_VALUE = 'AbcCdDeEFhHKmoPQrtTuUwxXyYz';

/** Long options without a value, besides all that start with `no-`. All others are assumed to take one. */
const LONG_WITHOUT_VALUE = new Set(
  (
    'all anyauth append basic ca-native compressed compressed-ssh create-dirs crlf digest disable disable-eprt ' +
    'disable-epsv disallow-username-in-url doh-insecure fail fail-early fail-with-body false-start form-escape ' +
    'ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-control get globoff haproxy-protocol head ' +
    'http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include insecure ipv4 ' +
    'ipv6 junk-session-cookies list-only location location-trusted mail-rcpt-allowfails manual metalink mptcp negotiate ' +
    'netrc netrc-optional next ntlm ntlm-wb parallel parallel-immediate path-as-is post301 post302 post303 progress-bar ' +
    'proxy-anyauth proxy-basic proxy-ca-native proxy-digest proxy-http2 proxy-insecure proxy-negotiate proxy-ntlm ' +
    'proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel raw remote-header-name remote-name ' +
    'remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused sasl-ir show-error show-headers ' +
    'silent socks5-basic socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ' +
    'ssl-reqd ssl-revoke-best-effort sslv2 sslv3 styled-output suppress-connect-headers tcp-fastopen tcp-nodelay ' +
    'tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time use-ascii verbose version xattr help'
  ).split(' '),
);

/** The long names of the short options that are read. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  d: 'data',
  F: 'form',
  G: 'get',
  H: 'header',
  I: 'head',
  X: 'request',
  T: 'upload-file',
  K: 'config',
};

/**
 * Reads the request that a curl command would send.
 *
 * @throws UsageError for anything other than a curl command, or if its text alone does not determine the request.
 */
export function parseCurl(text: string): CurlRequest {
  const { words, endedBy } = shellWords(text.replace(/^\s*[$>%]\s+/, ''));
  const command = words[0] ?? '';
  if (!/(^|[\\/])curl(\.exe)?$/i.test(command)) throw new UsageError('This is not a curl command');
  const reading = new CurlReading();
  const rest = words.slice(1);
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index]!;
    // A lone dash, or a word that does not start with a dash, is a URL.
    if (!word.startsWith('-') || word === '-') reading.take('url', word);
    else if (word.startsWith('--')) {
      const name = word.slice(2);
      const hasValue = name !== '' && !LONG_WITHOUT_VALUE.has(name) && !name.startsWith('no-');
      if (hasValue) index += 1;
      reading.take(name, hasValue ? valueBehind(word, rest[index]) : '');
    } else {
      index += readShort(word, rest[index + 1], reading);
    }
  }
  return reading.request(endedBy);
}

/** `-sSXPOST` is `-s -S -X POST`. @returns how many of the following words were consumed. */
function readShort(word: string, next: string | undefined, reading: CurlReading): number {
  for (let index = 1; index < word.length; index += 1) {
    const letter = word[index]!;
    const name = LONG_NAMES[letter] ?? letter;
    if (!SHORT_WITH_VALUE.includes(letter)) {
      reading.take(name, '');
      continue;
    }
    const glued = word.slice(index + 1);
    reading.take(name, glued === '' ? valueBehind(`-${letter}`, next) : glued);
    return glued === '' ? 1 : 0;
  }
  return 0;
}

function valueBehind(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`The curl command ends after ${shown(option)}, which requires a value`);
  return value;
}

class CurlReading {
  private readonly urls: string[] = [];
  private readonly data: string[] = [];
  private readonly query: string[] = [];
  private json: string | undefined;
  private method: string | undefined;
  private contentType: string | undefined;
  private isGet = false;
  private isHead = false;

  /** @throws UsageError for an option whose effect on the request is unknown, or that the gateway would not read. */
  take(option: string, value: string): void {
    switch (option) {
      case 'url':
        this.urls.push(value);
        return;
      case 'data':
      case 'data-ascii':
      case 'data-binary':
        this.data.push(inline(value, option));
        return;
      case 'data-raw':
        this.data.push(value);
        return;
      case 'data-urlencode':
        this.data.push(urlEncoded(value));
        return;
      case 'json':
        this.json = (this.json ?? '') + inline(value, option);
        return;
      case 'url-query':
        this.query.push(value.startsWith('+') ? value.slice(1) : urlEncoded(value));
        return;
      case 'get':
        this.isGet = true;
        return;
      case 'head':
        this.isHead = true;
        return;
      case 'request':
        this.method = value;
        return;
      case 'header': {
        const [, type] = /^content-type\s*:\s*(.*?)\s*$/i.exec(value) ?? [];
        if (type !== undefined) this.contentType = type;
        return;
      }
      case 'form':
      case 'form-string':
        throw new UsageError(
          'The curl command sends multipart/form-data (-F), which the gateway does not accept; send a form with -d, or JSON',
        );
      case 'upload-file':
      case 'config':
        throw new UsageError(`The curl command reads its data from a file (--${option}); paste the content instead`);
      case 'next':
        throw new UsageError('The curl command sends several requests (--next); paste only one');
      default:
    }
  }

  request(endedBy: string | undefined): CurlRequest {
    const [url, second] = this.urls;
    if (url === undefined) throw new UsageError('The curl command has no URL');
    const notes = endedBy === undefined ? [] : [cutOff(endedBy)];
    if (second !== undefined) notes.push('The command has several URLs; the first one is used.');
    const parts = [...this.data, ...(this.json === undefined ? [] : [this.json])];
    const text = parts.length === 0 ? undefined : parts.join('&');
    const query = this.isGet && text !== undefined ? [...this.query, text] : this.query;
    const body = this.isGet ? undefined : text;
    const contentType = this.contentType ?? (this.json === undefined ? undefined : 'application/json');
    return {
      url: withQuery(url, query),
      method: this.method ?? (this.isHead ? 'HEAD' : body === undefined ? 'GET' : 'POST'),
      ...(contentType !== undefined && { contentType }),
      ...(body !== undefined && { body }),
      notes,
    };
  }
}

/** Accepts only a value that does not name a file. */
function inline(value: string, option: string): string {
  if (!value.startsWith('@')) return value;
  throw new UsageError(`The curl command reads --${option} from a file (@); paste the file’s content instead`);
}

/** Encodes like curl: `content`, `=content` or `name=content`; a name is assumed to be encoded already. */
function urlEncoded(value: string): string {
  const mark = /[=@]/.exec(value);
  if (mark?.[0] === '@') {
    throw new UsageError('The curl command reads --data-urlencode from a file (@); paste the file’s content instead');
  }
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1).replaceAll('+', '%20');
  if (mark === null) return encode(value);
  const name = value.slice(0, mark.index);
  return `${name === '' ? '' : `${name}=`}${encode(value.slice(mark.index + 1))}`;
}

function withQuery(url: string, query: readonly string[]): string {
  if (query.length === 0) return url;
  const [, front = '', fragment = ''] = /^([^#]*)(.*)$/s.exec(url) ?? [];
  const joint = front.includes('?') ? (/[?&]$/.test(front) ? '' : '&') : '?';
  return `${front}${joint}${query.join('&')}${fragment}`;
}

function cutOff(endedBy: string): string {
  const why = endedBy === '&' ? ': as a shell does; quote a URL that contains &' : ', as a shell does';
  return `The command was read up to ${endedBy === 'a line break' ? endedBy : `“${endedBy}”`}${why}.`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
