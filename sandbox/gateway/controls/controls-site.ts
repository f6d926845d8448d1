import { type Control, type Controlled, CONTROLS } from './controls.js';
import {
  type HttpResponse,
  jsonResponse,
  type SandboxRequest,
  type SentResponse,
  type Site,
} from '../http/http-server.js';
import { UnknownOrderError } from '../orders/ledger.js';
import { SandboxStateError } from '../orders/order-state.js';

/**
 * The controls as JSON over HTTP; `CONTROLS` lists them. `?mchNo=` selects the merchant. Errors are `{ message }` with
 * 400 (bad request), 403 (another origin), 404 (unknown) or 409 (not possible in this state).
 */
export class ControlsSite implements Site {
  readonly access = 'controls';
  private readonly sandbox: Controlled;

  constructor(sandbox: Controlled) {
    this.sandbox = sandbox;
  }

  serves(path: string): boolean {
    return path === '/sandbox' || path.startsWith('/sandbox/');
  }

  async respond(request: SandboxRequest): Promise<HttpResponse> {
    try {
      return await this.route(request);
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw error;
      return jsonResponse(status, { message: (error as Error).message });
    }
  }

  private route(request: SandboxRequest): HttpResponse | Promise<HttpResponse> {
    const matching = CONTROLS.flatMap((control) => {
      const params = paramsOf(control, request.path);
      return params ? [{ control, params }] : [];
    });
    const found = matching.find(({ control }) => control.method === request.method);
    if (found) return found.control.run(this.sandbox, request, found.params);
    return matching.length === 0 ? notFound(request) : notAllowed(matching.map(({ control }) => control.method));
  }
}

/** The named parts of a path; undefined if it does not match the control's path. */
function paramsOf(control: Control, path: string): Record<string, string> | undefined {
  const wanted = control.path.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(text);
    else if (part !== text) return undefined;
  }
  return params;
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof UnknownOrderError) return 404;
  if (error instanceof SandboxStateError || error instanceof RangeError) return 409;
  // Invalid JSON, an invalid fault, or an invalid escape in the path.
  return error instanceof SyntaxError || error instanceof TypeError || error instanceof URIError ? 400 : undefined;
}

function notFound(request: SandboxRequest): SentResponse {
  return jsonResponse(404, { message: `The sandbox does not have the control ${request.method} ${request.path}` });
}

function notAllowed(methods: readonly string[]): SentResponse {
  const allow = methods.join(', ');
  return jsonResponse(405, { message: `Use ${allow}` }, { Allow: allow });
}
