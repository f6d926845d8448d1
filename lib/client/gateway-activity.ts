import { Pass2PayApiError, Pass2PayError } from '../errors/pass2pay.errors.js';

/** A failed request. */
export interface GatewayFailure {
  /** In ms since 1970. */
  at: number;
  /** The error's code, such as `PASS2PAY_TIMEOUT`. */
  code: string;
}

/** Records the results of the last requests to the gateway. */
export class GatewayActivity {
  /** When the gateway last responded, with any result, in ms since 1970. */
  lastResponseAt: number | undefined;
  lastFailure: GatewayFailure | undefined;

  /** Records the result of a request. */
  async watch<T>(request: () => Promise<T>): Promise<T> {
    try {
      const response = await request();
      this.lastResponseAt = Date.now();
      return response;
    } catch (error) {
      if (error instanceof Pass2PayApiError) this.lastResponseAt = Date.now();
      // A request that was not sent, or was aborted by its caller, says nothing about the gateway.
      else if (error instanceof Pass2PayError && !SILENT.has(error.code)) {
        this.lastFailure = { at: Date.now(), code: error.code };
      }
      throw error;
    }
  }
}

const SILENT: ReadonlySet<string> = new Set(['PASS2PAY_CIRCUIT_OPEN', 'PASS2PAY_RATE_LIMIT', 'PASS2PAY_ABORTED']);
