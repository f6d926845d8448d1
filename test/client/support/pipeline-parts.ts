import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import { clientOptions, ClientOptions } from '../../../lib/client/client.options.js';
import { GatewayActivity } from '../../../lib/client/gateway-activity.js';
import type { PipelineParts } from '../../../lib/client/pipeline.js';
import { CircuitBreaker } from '../../../lib/client/policies/circuit-breaker.js';
import { RequestLimits } from '../../../lib/client/policies/rate-limit.js';
import { Retries } from '../../../lib/client/policies/retry.js';
import type { Attempt } from '../../../lib/client/transport/attempt.js';
import type { Transport } from '../../../lib/client/transport/transport.js';
import { SecretRotation } from '../../../lib/merchants/secret-rotation.js';
import { sign } from '../../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../../support/test-merchant.js';

/** A gateway's signed response with this data. */
export function signedText(data: Record<string, string> = {}, secret: string = MERCHANT.secrets): string {
  return JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, secret), traceId: 't1' });
}

/** A transport without sockets, which remembers what it has sent. */
export class MemoryTransport {
  readonly axios = {};
  readonly sent: AxiosRequestConfig[] = [];

  constructor(
    private readonly respond: (attempt: Attempt) => Promise<Partial<AxiosResponse<string>>> = async () => ({}),
  ) {}

  async request(config: AxiosRequestConfig, attempt: Attempt): Promise<Partial<AxiosResponse<string>>> {
    this.sent.push(config);
    return { status: 200, data: signedText(), headers: {}, ...(await this.respond(attempt)) };
  }

  /** The messages as JSON objects. */
  get messages(): Record<string, unknown>[] {
    return this.sent.map(({ data }) => JSON.parse(String(data)) as Record<string, unknown>);
  }
}

/** All parts of one client, with this transport. */
export function partsWith(transport: MemoryTransport, given: Partial<ClientOptions> = {}): PipelineParts {
  const options = clientOptions.resolve(
    Object.assign(new ClientOptions(), { baseUrl: 'https://api.example', retries: 0, ...given }),
  );
  return {
    options,
    rotation: new SecretRotation(),
    retries: new Retries(options),
    limits: new RequestLimits(options),
    activity: new GatewayActivity(),
    breaker: new CircuitBreaker(options),
    transport: transport as unknown as Transport,
  };
}
