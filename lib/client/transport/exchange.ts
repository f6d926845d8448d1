import axios, {
  AxiosError,
  AxiosHeaders,
  CanceledError,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import { Attempt } from './attempt.js';
import { decoderOf } from './decoder.js';
import { failureOf, timeoutError, withSent, type ResponseTimeouts } from './failure.js';

/** The part of the request that an axios error or response shows as its `request`. */
interface ShownRequest {
  method: string;
  protocol: string;
  host: string;
  path: string;
}

interface Address extends Omit<ShownRequest, 'method'> {
  origin: string;
}

/** The gateway has few URLs; parsing one for each request takes 3 % of a create. */
const addresses = new LRUCache<string, Address>({ max: 100 });

function addressOf(url: string): Address {
  let address = addresses.get(url);
  if (address === undefined) {
    const { origin, protocol, host, pathname, search } = new URL(url);
    address = { origin, protocol, host, path: `${pathname}${search}` };
    addresses.set(url, address);
  }
  return address;
}

/**
 * One request and its response, in the form of axios's own adapter. It tracks when undici starts to write the request:
 * if it fails before that, it was certainly not sent.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private readonly origin: string;
  private readonly shown: ShownRequest;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private statusText = '';
  private headers: IncomingHttpHeaders = {};
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private isSent = false;
  private isOver = false;
  private timer: NodeJS.Timeout | undefined;
  private resolve!: (response: AxiosResponse) => void;
  private reject!: (error: Error) => void;

  constructor(
    private readonly config: InternalAxiosRequestConfig,
    private readonly timeouts: ResponseTimeouts,
  ) {
    const { baseURL, params, url = '' } = config;
    const { origin, ...address } = addressOf(
      baseURL === undefined && params === undefined ? url : axios.getUri(config),
    );
    this.origin = origin;
    this.shown = { method: (config.method ?? 'get').toUpperCase(), ...address };
  }

  async run(dispatcher: Dispatcher): Promise<AxiosResponse> {
    const response = new Promise<AxiosResponse>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const { signal, timeout, data, maxBodyLength = -1 } = this.config;
    const tooLong =
      maxBodyLength > -1 && Buffer.byteLength((data as string | Buffer | undefined) ?? '') > maxBodyLength;
    if (tooLong) {
      const message = 'Request body larger than maxBodyLength limit';
      this.fail(new AxiosError(message, AxiosError.ERR_BAD_REQUEST, this.config));
      return response;
    }
    Attempt.of(this.config)?.whenEnded(this.cancel);
    signal?.addEventListener?.('abort', this.cancel);
    if (timeout) this.timer = setTimeout(this.giveUp, timeout);
    dispatcher.dispatch(
      {
        origin: this.origin,
        path: this.shown.path,
        method: this.shown.method,
        headers: this.requestHeaders(),
        body: (data as string | Buffer | undefined) ?? null,
        // 0 means no timeout.
        headersTimeout: this.timeouts.headersTimeoutMs ?? 0,
        bodyTimeout: this.timeouts.bodyTimeoutMs ?? 0,
      },
      this,
    );
    return response;
  }

  /** Called by undici when it has a connection and is about to write the request. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.isOver) {
      controller.abort(new Error('The request was aborted before it was sent.'));
    } else if (this.isSent) {
      // In some cases undici moves a request to another connection when one is lost; a create must not be sent twice.
      controller.abort(new Error('The connection was lost, and the request may have been sent.'));
    } else {
      this.isSent = true;
      this.controller = controller;
    }
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    // 100 to 199 precede the response.
    if (status < 200) return;
    this.status = status;
    this.statusText = statusText;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    const { maxContentLength = -1 } = this.config;
    this.length += chunk.length;
    if (maxContentLength > -1 && this.length > maxContentLength) {
      this.stop(this.error(`maxContentLength size of ${maxContentLength} exceeded`, AxiosError.ERR_BAD_RESPONSE));
    } else {
      this.chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    if (this.isOver) return;
    try {
      this.settle();
    } catch (error) {
      this.fail(AxiosError.from(error, AxiosError.ERR_BAD_RESPONSE, this.config, this.shown));
    }
  }

  /** Undici omits the controller if the request was not started. */
  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (!this.isOver) this.fail(failureOf(error, this.timeouts, { config: this.config, request: this.shown }));
  }

  private readonly cancel = (): void => {
    this.stop(new CanceledError(undefined, this.config, this.shown));
  };

  private readonly giveUp = (): void => {
    this.stop(timeoutError(this.config.timeout!, this.config, this.shown));
  };

  /** Fails, and withdraws the request from undici: immediately if it is in flight, otherwise when its turn comes. */
  private stop(error: AxiosError): void {
    if (this.isOver) return;
    this.fail(error);
    this.controller?.abort(error);
  }

  private fail(error: AxiosError): void {
    this.end();
    this.reject(withSent(error, this.isSent));
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.config.signal?.removeEventListener?.('abort', this.cancel);
  }

  private settle(): void {
    const response: AxiosResponse = {
      data: this.data(),
      status: this.status,
      statusText: this.statusText,
      headers: new AxiosHeaders(this.headers as Record<string, string>),
      config: this.config,
      request: this.shown,
    };
    const { validateStatus } = this.config;
    if (!validateStatus || validateStatus(this.status)) {
      this.end();
      this.resolve(response);
      return;
    }
    const code = this.status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
    this.fail(this.error(`Request failed with status code ${this.status}`, code, response));
  }

  private data(): string | Buffer {
    const { responseType, decompress, maxContentLength = -1 } = this.config;
    const [first] = this.chunks;
    const raw = this.chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.chunks);
    const body = decompress === false ? raw : this.decoded(raw, maxContentLength);
    if (responseType === 'arraybuffer') return body;
    const text = body.toString('utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  private decoded(raw: Buffer, maxBytes: number): Buffer {
    const decode = decoderOf(this.headers['content-encoding']);
    if (decode === undefined || raw.length === 0) return raw;
    delete this.headers['content-encoding'];
    return decode(raw, maxBytes);
  }

  private requestHeaders(): Record<string, string> {
    const { headers } = this.config;
    headers.set('User-Agent', `axios/${axios.VERSION}`, false);
    return headers.toJSON(true);
  }

  private error(message: string, code: string, response?: AxiosResponse): AxiosError {
    return new AxiosError(message, code, this.config, this.shown, response);
  }
}
