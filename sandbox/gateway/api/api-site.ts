import { STATUS_CODES } from 'node:http';
import type { Endpoint, SandboxEndpoint } from '../dialects/dialect.js';
import type { ApiFault, UpstreamFault } from '../faults/fault.js';
import type { Faults } from '../faults/faults.js';
import { alreadyExists } from './checks.js';
import type { Gateway } from './gateway.js';
import { readRequest, type RequestReading } from './reading/request-params.js';
import { journalParams } from './journal-params.js';
import { type EnvelopeStyle, type GatewayResponse, GatewayRefusal, refuse, writeEnvelope } from './gateway-response.js';
import {
  type HttpResponse,
  rawJsonResponse,
  type SandboxRequest,
  type SentResponse,
  type Site,
  springError,
} from '../http/http-server.js';
import type { RecordedRequest } from './recorded-request.js';
import type { StateKeeper } from '../data/state-keeper.js';
import type { JournalSubject } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';

const KEPT_REQUESTS = 1_000;
const KEPT_CHARACTERS = 16_384;

/** A request with its response. */
interface Answered {
  readonly reading: RequestReading;
  readonly response: HttpResponse;
  readonly endpoint?: SandboxEndpoint;
  readonly subject?: JournalSubject;
  readonly fault?: ApiFault;
  /** The gateway's own response, unless the request did not reach it. */
  readonly said?: GatewayResponse;
}

/** The gateway's API over HTTP, with the injected faults. */
export class ApiSite implements Site {
  readonly access = 'api';
  /** The last 1000 requests, oldest first. */
  readonly requests: RecordedRequest[] = [];
  private readonly gateway: Gateway;
  private readonly faults: Faults;
  private readonly journal: Journal;
  private readonly keeper: StateKeeper;

  /** @param now the sandbox's time, in ms since 1970 */
  constructor(
    gateway: Gateway,
    faults: Faults,
    journal: Journal,
    keeper: StateKeeper,
    private readonly now: () => number,
  ) {
    this.keeper = keeper;
    this.gateway = gateway;
    this.faults = faults;
    this.journal = journal;
  }

  serves(path: string): boolean {
    return path.startsWith('/api/');
  }

  async respond(request: SandboxRequest): Promise<HttpResponse> {
    const start = performance.now();
    const answered = await this.carryOut(request);
    this.record(request, answered, performance.now() - start);
    return answered.response;
  }

  private async carryOut(request: SandboxRequest): Promise<Answered> {
    const reading = await readRequest(request);
    const found = this.endpointAt(request);
    if (!found) return { reading, response: springError(404, 'Not Found', rawPath(request), this.now) };
    const [endpoint, { methods }] = found;
    if (request.method === 'OPTIONS') return { reading, response: allowedMethods(methods) };
    if (!methods.includes(request.method)) {
      return { reading, response: methodNotAllowed(methods, rawPath(request), this.now) };
    }
    const gatewayRequest = { endpoint, reading, callerIp: request.callerIp };
    const subject = this.gateway.subjectOf(gatewayRequest);
    const fault = this.faults.takeForRequest(endpoint, subject);
    let said: GatewayResponse | undefined;
    const carryOut = (upstream?: UpstreamFault): GatewayResponse => {
      said = this.gateway.respond(gatewayRequest, upstream);
      return said;
    };
    const context = { path: rawPath(request), mchOrderNo: subject.mchOrderNo, now: this.now, carryOut };
    const style = { hasTraceId: this.gateway.dialect.hasTraceId };
    const response = fault ? responseUnder(fault, context, style) : envelope(carryOut(), style);
    await said?.before;
    return { reading, response, endpoint, subject, fault, said };
  }

  /**
   * The platform matches paths exactly, except for escapes: with the same case, and without a doubled or trailing
   * slash.
   */
  private endpointAt(request: SandboxRequest): [SandboxEndpoint, Endpoint] | undefined {
    const path = decoded(rawPath(request));
    const found = Object.entries(this.gateway.dialect.endpoints).find(([, endpoint]) => endpoint.path === path);
    return found as [SandboxEndpoint, Endpoint] | undefined;
  }

  private record(
    request: SandboxRequest,
    { reading, response, endpoint, subject, fault, said }: Answered,
    tookMs: number,
  ): void {
    const { method, url, contentType, body } = request;
    const sent = typeof response !== 'string' && 'status' in response ? response : undefined;
    const entry = this.journal.record({
      type: 'request',
      ...subject,
      ...(endpoint && { endpoint }),
      method,
      path: request.path,
      params: journalParams(reading),
      ...(sent && { status: sent.status }),
      ...(said && { code: said.code, msg: said.msg }),
      durationMs: tookMs + (sent?.delayMs ?? 0),
      ...(fault && { fault: fault.kind }),
      ...(said?.signatureCheck && { signature: said.signatureCheck }),
    });
    const recorded: RecordedRequest = {
      at: entry.at,
      endpoint,
      method,
      url: url.slice(0, KEPT_CHARACTERS),
      contentType,
      body: body.slice(0, KEPT_CHARACTERS),
      response: sent && { status: sent.status, body: sent.body },
      fault: fault?.kind,
    };
    this.keep(recorded);
    this.keeper.request(recorded);
  }

  /** Restores the requests of a data file. */
  restore(requests: readonly RecordedRequest[]): void {
    for (const request of requests) this.keep(request);
  }

  private keep(request: RecordedRequest): void {
    this.requests.push(request);
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift();
  }
}

/** What a faulty response is built from. */
interface FaultContext {
  readonly path: string;
  readonly mchOrderNo?: string;
  readonly now: () => number;
  readonly carryOut: (upstream?: UpstreamFault) => GatewayResponse;
}

function responseUnder(
  fault: ApiFault,
  { path, mchOrderNo, now, carryOut }: FaultContext,
  style: EnvelopeStyle,
): HttpResponse {
  switch (fault.kind) {
    case 'upstream':
      return envelope(carryOut(fault), style);
    case 'reset-before':
      return 'reset';
    case 'reset-after':
      carryOut();
      return 'reset';
    case 'lost':
      carryOut();
      return 'silence';
    case 'late':
      return { ...envelope(carryOut(), style), delayMs: fault.delayMs };
    case 'http-500':
      if (fault.stored) carryOut();
      return serverError(fault.status ?? 500, path, now);
    case 'html-502':
      if (fault.stored) carryOut();
      return htmlPage(fault.status ?? 502);
    case 'truncated': {
      const response = envelope(carryOut(), style);
      return { ...response, body: response.body.slice(0, Math.floor(response.body.length / 2)) };
    }
    case 'bad-signature':
      return rawJsonResponse(200, writeEnvelope(carryOut(), { ...style, sign: 'wrong' }));
    case 'no-signature':
      return rawJsonResponse(200, writeEnvelope(carryOut(), { ...style, sign: 'missing' }));
    case 'no-data':
      return rawJsonResponse(200, writeEnvelope(carryOut(), { ...style, data: 'missing' }));
    case 'already-exists':
      return envelope(refuse(alreadyExists(mchOrderNo ?? '')), style);
    case 'rate-limit':
      return springError(
        429,
        'Too Many Requests',
        path,
        now,
        fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter },
      );
    case 'other-order':
      return envelope(aboutAnotherOrder(carryOut()), style);
    case 'error-after-store':
      carryOut();
      return envelope(refuse(new GatewayRefusal('系统异常')), style);
    case 'duplicate-request':
      carryOut();
      return envelope(carryOut(), style);
    case 'duplicate-response':
      return { ...envelope(carryOut(), style), isDoubled: true };
    default: {
      const unknown: never = fault;
      throw new Error(`No such fault: ${JSON.stringify(unknown)}`);
    }
  }
}

function envelope(response: GatewayResponse, style: EnvelopeStyle): SentResponse {
  const { isEmpty, afterwards } = response;
  if (isEmpty) return { status: 200, headers: {}, body: '' };
  return { ...rawJsonResponse(200, writeEnvelope(response, style)), afterwards };
}

function aboutAnotherOrder(response: GatewayResponse): GatewayResponse {
  if (!response.data) return response;
  return { ...response, data: { ...response.data, mchOrderNo: `${response.data['mchOrderNo']}-other` } };
}

function allowedMethods(methods: readonly string[]): SentResponse {
  return { status: 200, headers: { Allow: [...methods, 'OPTIONS'].join(',') }, body: '' };
}

function methodNotAllowed(methods: readonly string[], path: string, now: () => number): SentResponse {
  return springError(405, 'Method Not Allowed', path, now, { Allow: methods.join(', ') });
}

function serverError(status: number, path: string, now: () => number): SentResponse {
  return springError(status, STATUS_CODES[status] ?? 'Internal Server Error', path, now);
}

/** The path as received. */
function rawPath({ url }: SandboxRequest): string {
  return url.split('?', 1)[0] ?? '';
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The error page of a proxy in front of the gateway. */
function htmlPage(status: number): SentResponse {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  return {
    status,
    headers: { 'Content-Type': 'text/html' },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  };
}
