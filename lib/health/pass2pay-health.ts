import { GatewayActivity, type GatewayFailure } from '../client/gateway-activity.js';
import { endWithin } from '../client/with-timeout.js';
import { GatewayClient } from '../client/gateway-client.js';
import type { CircuitBreaker } from '../client/policies/circuit-breaker.js';
import type { MerchantRef } from '../merchants/merchant.js';
import type { Inbox } from '../outcomes/inbox.js';
import type { ResolvedMerchantsOptions } from '../merchants/merchants.options.js';
import type { ResolvedOutcomesOptions } from '../outcomes/outcomes.options.js';
import type { DatabaseBacklog } from '../telemetry/gauges.js';
import { probeGateway, type ProbeResult } from './gateway-probe.js';

/** The status of a part; `down`: it was found not to work. */
type HealthStatus = 'up' | 'down';

export interface HealthReport {
  gateway: {
    status: HealthStatus;
    circuit: 'closed' | 'half-open' | 'open';
    /** Time since the gateway's last response, in s; undefined if there was none. */
    secondsSinceResponse?: number;
    /** The last failed request. */
    lastFailure?: { secondsAgo: number; code: string };
    /** The reason, if it is down. */
    reason?: string;
  };
  /** Undefined if outcomes are stored in this process. */
  store?: { status: HealthStatus; reason?: string };
  /** Undefined without a queue. */
  queue?: { status: HealthStatus; reason?: string };
  /**
   * Undefined without the option `database`. Down only while the database does not respond: failed and dead outcomes
   * concern single orders, and taking the process out of service would not fix them.
   */
  database?: { status: HealthStatus; reason?: string } & Partial<DatabaseBacklog>;
}

export interface HealthCheckOptions {
  /**
   * How long a response of the gateway counts as healthy, in ms. Defaults to 60 000. Without a recent response, a check
   * queries the gateway, at most once in this time; 0 disables the query.
   */
  probeEveryMs?: number;
  /** Timeout of a check for the probe, the store, the queue and the database, in ms. Defaults to 1000. */
  timeoutMs?: number;
}

/** The health source of the merchant's database. */
interface BacklogReader {
  read(): Promise<DatabaseBacklog>;
}

/** A store or queue with a reachability check. */
interface Pingable {
  ping?(): Promise<void>;
}

type ObservedOptions = Pick<ResolvedMerchantsOptions, 'merchants'> & Pick<ResolvedOutcomesOptions, 'outcomeQueue'>;

/**
 * Reports the health of the gateway, the outcome store, the queue and the database. The gateway's health is based on
 * the last calls; it is queried only if there were none.
 */
export class Pass2PayHealth {
  private probing: Promise<void> | undefined;
  private probedAt: number | undefined;
  private probed: ProbeResult;

  constructor(
    private readonly gateway: GatewayClient,
    private readonly activity: GatewayActivity,
    private readonly breaker: CircuitBreaker,
    private readonly store: Inbox & Pingable,
    private readonly options: ObservedOptions,
    private readonly database?: BacklogReader,
  ) {}

  /** Never throws, and takes no longer than `timeoutMs`. */
  async report({ probeEveryMs = 60_000, timeoutMs = 1_000 }: HealthCheckOptions = {}): Promise<HealthReport> {
    const queue: Pingable | undefined = this.options.outcomeQueue;
    const [storeFault, queueFault, database] = await Promise.all([
      reachable(this.store, timeoutMs),
      queue && reachable(queue, timeoutMs),
      this.database && databaseReport(this.database, timeoutMs),
      this.probe(probeEveryMs, timeoutMs),
    ]);
    return {
      gateway: this.gatewayReport(),
      ...(this.store.ping !== undefined && { store: partReport(storeFault) }),
      ...(queue?.ping !== undefined && { queue: partReport(queueFault) }),
      ...(database && { database }),
    };
  }

  /** Without a recent response of the gateway: one probe, shared by concurrent checks. */
  private async probe(everyMs: number, timeoutMs: number): Promise<void> {
    const [merchant] = this.options.merchants;
    const now = Date.now();
    const isRecent = (at: number | undefined) => at !== undefined && now - at < everyMs;
    if (merchant === undefined || everyMs === 0) return;
    if (this.probing === undefined) {
      if (isRecent(this.activity.lastResponseAt) || isRecent(this.probedAt)) return;
      this.probedAt = now;
      const { mchNo, appId } = merchant;
      this.probing = this.probeOnce({ mchNo, appId });
    }
    await endWithin(this.probing, timeoutMs);
  }

  private async probeOnce(merchant: Required<MerchantRef>): Promise<void> {
    try {
      this.probed = await probeGateway(this.gateway, merchant);
    } catch {
      this.probed = 'the probe failed';
    } finally {
      this.probing = undefined;
    }
  }

  private gatewayReport(): HealthReport['gateway'] {
    const { lastResponseAt, lastFailure } = this.activity;
    const circuit = this.breaker.state;
    const isHeardSince = (at: number | undefined) => lastResponseAt !== undefined && lastResponseAt > (at ?? 0);
    const probed =
      this.probed !== undefined && isUnansweredBy(this.probed, isHeardSince(this.probedAt)) ? this.probed : undefined;
    const reason = circuit === 'open' ? 'PASS2PAY_CIRCUIT_OPEN' : probed;
    return {
      status: reason === undefined ? 'up' : 'down',
      circuit,
      ...(lastResponseAt !== undefined && { secondsSinceResponse: secondsSince(lastResponseAt) }),
      ...(lastFailure !== undefined && { lastFailure: ago(lastFailure) }),
      ...(reason !== undefined && { reason }),
    };
  }
}

/** A refused probe stays a failure although it is a response; any other failure ends with the next response. */
function isUnansweredBy(probed: string, isHeard: boolean): boolean {
  return probed.startsWith('PASS2PAY_API') || !isHeard;
}

function ago({ at, code }: GatewayFailure): { secondsAgo: number; code: string } {
  return { secondsAgo: secondsSince(at), code };
}

function secondsSince(at: number): number {
  return Math.max(0, Math.round((Date.now() - at) / 1000));
}

function partReport(fault: string | undefined): { status: HealthStatus; reason?: string } {
  return fault === undefined ? { status: 'up' } : { status: 'down', reason: fault };
}

async function databaseReport(
  database: BacklogReader,
  timeoutMs: number,
): Promise<NonNullable<HealthReport['database']>> {
  const reading = database.read();
  const fault = await faultOf(reading, timeoutMs);
  return fault === undefined ? { status: 'up', ...(await reading) } : partReport(fault);
}

/** The failure of a store or queue, without its message, which may contain confidential data. */
async function reachable(part: Pingable, timeoutMs: number): Promise<string | undefined> {
  if (part.ping === undefined) return undefined;
  // A ping that throws synchronously is a failure too.
  return faultOf(
    Promise.resolve().then(() => part.ping!()),
    timeoutMs,
  );
}

async function faultOf(answer: Promise<unknown>, timeoutMs: number): Promise<string | undefined> {
  const end = await endWithin(answer, timeoutMs);
  if (end === 'late') return `no response within ${timeoutMs} ms`;
  return end === 'rejected' ? 'not reachable' : undefined;
}
