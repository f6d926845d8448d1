import { Pass2PayApiError, Pass2PayError } from '../errors/pass2pay.errors.js';

/** A request that the gateway did not answer well. */
export interface GatewayFailure {
  /** In ms since 1970. */
  at: number;
  /** The error's code, such as `PASS2PAY_TIMEOUT`. */
  code: string;
}

/** Remembers how the last requests to the gateway ended. */
export class GatewayActivity {
  /** When the gateway answered last, with whatever it said, in ms since 1970. */
  lastResponseAt: number | undefined;
  lastFailure: GatewayFailure | undefined;

  /** Notes how a request ends. */
  async watch<T>(request: () => Promise<T>): Promise<T> {
    try {
      const response = await request();
      this.lastResponseAt = Date.now();
      return response;
    } catch (error) {
      if (error instanceof Pass2PayApiError) this.lastResponseAt = Date.now();
      // What was held back, or ended by its caller, says nothing of the gateway.
      else if (error instanceof Pass2PayError && !SILENT.has(error.code)) {
        this.lastFailure = { at: Date.now(), code: error.code };
      }
      throw error;
    }
  }
}

const SILENT: ReadonlySet<string> = new Set(['PASS2PAY_CIRCUIT_OPEN', 'PASS2PAY_RATE_LIMIT', 'PASS2PAY_ABORTED']);
