import { STATUS_CODES } from 'node:http';
import { ENDPOINTS, type EndpointTable, type SandboxEndpoint } from './endpoints.js';
import type { ApiFault } from '../faults/fault.js';
import type { Faults } from '../faults/faults.js';
import { alreadyExists, type Gateway } from './gateway.js';
import { receivedParams } from './received-params.js';
import { type GatewayResponse, GatewayRefusal, refuse, writeEnvelope } from './gateway-response.js';
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

/** What is known of a request once it is answered. */
interface Answered {
  readonly response: HttpResponse;
  readonly endpoint?: SandboxEndpoint;
  readonly subject?: JournalSubject;
  readonly fault?: ApiFault;
  /** What the gateway said, unless it was not asked. */
  readonly said?: GatewayResponse;
}

/** The gateway's API over HTTP, with the injected faults. */
export class ApiSite implements Site {
  /** The last 1000 requests, oldest first. */
  readonly requests: RecordedRequest[] = [];
  private readonly gateway: Gateway;
  private readonly faults: Faults;
  private readonly journal: Journal;
  private readonly keeper: StateKeeper;

  constructor(gateway: Gateway, faults: Faults, journal: Journal, keeper: StateKeeper) {
    this.keeper = keeper;
    this.gateway = gateway;
    this.faults = faults;
    this.journal = journal;
  }

  serves(path: string): boolean {
    return path.startsWith('/api/');
  }

  respond(request: SandboxRequest): HttpResponse {
    const start = performance.now();
    const answered = this.carryOut(request);
    this.record(request, answered, performance.now() - start);
    return answered.response;
  }

  private carryOut(request: SandboxRequest): Answered {
    const table = Object.values(ENDPOINTS).find(({ path }) => path === request.path);
    if (!table) return { response: springError(404, 'Not Found', request.path) };
    if (!table.methods.includes(request.method)) return { response: methodNotAllowed(table) };
    const subject = this.gateway.subjectOf(table.name, request);
    const fault = this.faults.takeForRequest(table.name, subject);
    let said: GatewayResponse | undefined;
    const carryOut = (): GatewayResponse => (said = this.gateway.respond(table.name, request));
    const response = fault ? responseUnder(fault, request.path, subject.mchOrderNo, carryOut) : envelope(carryOut());
    return { response, endpoint: table.name, subject, fault, said };
  }

  private record(
    request: SandboxRequest,
    { response, endpoint, subject, fault, said }: Answered,
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
      params: receivedParams(request),
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

  /** Takes up what a data file kept. */
  restore(requests: readonly RecordedRequest[]): void {
    for (const request of requests) this.keep(request);
  }

  private keep(request: RecordedRequest): void {
    this.requests.push(request);
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift();
  }
}

function responseUnder(
  fault: ApiFault,
  path: string,
  mchOrderNo: string | undefined,
  carryOut: () => GatewayResponse,
): HttpResponse {
  switch (fault.kind) {
    case 'reset-before':
      return 'reset';
    case 'reset-after':
      carryOut();
      return 'reset';
    case 'lost':
      carryOut();
      return 'silence';
    case 'late':
      return { ...envelope(carryOut()), delayMs: fault.delayMs };
    case 'http-500':
      if (fault.stored) carryOut();
      return serverError(fault.status ?? 500, path);
    case 'html-502':
      if (fault.stored) carryOut();
      return htmlPage(fault.status ?? 502);
    case 'truncated': {
      const response = envelope(carryOut());
      return { ...response, body: response.body.slice(0, Math.floor(response.body.length / 2)) };
    }
    case 'bad-signature':
      return rawJsonResponse(200, writeEnvelope(carryOut(), { sign: 'wrong' }));
    case 'no-signature':
      return rawJsonResponse(200, writeEnvelope(carryOut(), { sign: 'missing' }));
    case 'no-data':
      return rawJsonResponse(200, writeEnvelope(carryOut(), { data: 'missing' }));
    case 'already-exists':
      return envelope(refuse(alreadyExists(mchOrderNo ?? '')));
    case 'rate-limit':
      return springError(
        429,
        'Too Many Requests',
        path,
        fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter },
      );
    case 'other-order':
      return envelope(aboutAnotherOrder(carryOut()));
    case 'error-after-store':
      carryOut();
      return envelope(refuse(new GatewayRefusal('系统异常')));
    case 'duplicate-request':
      carryOut();
      return envelope(carryOut());
    case 'duplicate-response':
      return { ...envelope(carryOut()), isDoubled: true };
    default: {
      const unknown: never = fault;
      throw new Error(`No such fault: ${JSON.stringify(unknown)}`);
    }
  }
}

function envelope(response: GatewayResponse): SentResponse {
  return rawJsonResponse(200, writeEnvelope(response));
}

function aboutAnotherOrder(response: GatewayResponse): GatewayResponse {
  if (!response.data) return response;
  return { ...response, data: { ...response.data, mchOrderNo: `${response.data['mchOrderNo']}-other` } };
}

function methodNotAllowed(table: EndpointTable): SentResponse {
  return springError(405, 'Method Not Allowed', table.path, { Allow: table.methods.join(', ') });
}

function serverError(status: number, path: string): SentResponse {
  return springError(status, STATUS_CODES[status] ?? 'Internal Server Error', path);
}

/** As a proxy in front of the gateway answers in its place. */
function htmlPage(status: number): SentResponse {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  return {
    status,
    headers: { 'Content-Type': 'text/html' },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  };
}
