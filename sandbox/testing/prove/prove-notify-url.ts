import type { SandboxMerchant } from '../../gateway/options.js';
import { Application } from './application.js';
import { CannotProveError } from './cannot-prove.error.js';
import type { Check } from './check.js';
import { ALL_CHECKS } from './checks/all-checks.js';
import { OrderUnderProof } from './order-under-proof.js';
import type { CheckResult, Finding, Proof } from './proof.js';
import { checkOptions, DEFAULT_TIMES, type ProveOptions } from './prove-options.js';
import { Trial, type Shared } from './trial.js';

type Status = CheckResult['status'];

/** The number of orders that a proof uses, one per check. */
export function ordersNeeded(options: Pick<ProveOptions, 'restart' | 'returnUrl'>): number {
  return ALL_CHECKS.filter((check) => whySkipped(check, options) === undefined).length;
}

/**
 * Tests an application with everything that the gateway and others may send to its notify route, and counts the effects
 * with the merchant's own function: repeated, concurrent, late and reordered notifies, forged and modified ones,
 * crashes. The application creates each order on the sandbox; all messages about it come from the proof, and the
 * sandbox itself sends none.
 *
 * @throws TypeError if an option is invalid; CannotProveError if the application cannot be tested
 */
export async function proveNotifyUrl(options: ProveOptions): Promise<Proof> {
  checkOptions(options, ordersNeeded(options));
  return new Prover(options).prove();
}

class Prover {
  private readonly app: Application;
  private readonly findings = new Map<string, Finding>();
  private readonly results: CheckResult[] = [];
  private readonly shared: Shared = { paid: {}, isRepeated: false };
  private nextOrder = 0;

  constructor(private readonly options: ProveOptions) {
    this.app = new Application(options, { ...DEFAULT_TIMES, ...options.times });
  }

  async prove(): Promise<Proof> {
    const begun = performance.now();
    await this.app.untilAnswering('unreachable');
    let isHopeless = false;
    for (const [index, check] of ALL_CHECKS.entries()) {
      const reason = isHopeless ? 'a genuine payment has no effect' : whySkipped(check, this.options);
      if (reason !== undefined) {
        this.results.push({ id: check.id, title: check.title, status: 'skipped', reason, durationMs: 0 });
        continue;
      }
      this.options.onCheck?.(check.title, index + 1, ALL_CHECKS.length);
      const effects = await this.run(check);
      isHopeless ||= index === 0 && effects === 0;
    }
    const findings = [...this.findings.values()];
    const count = (status: Status) => this.results.filter((result) => result.status === status).length;
    const durationMs = performance.now() - begun;
    return {
      passed: findings.every(({ severity }) => severity !== 'fault'),
      notifyUrl: this.options.notifyUrl,
      counts: { passed: count('passed'), warned: count('warned'), failed: count('failed'), skipped: count('skipped') },
      checks: this.results,
      findings,
      durationMs: Math.round(durationMs),
      ownDurationMs: Math.round(durationMs - this.app.outsideMs),
    };
  }

  /** @returns the number of effects of the check's order */
  private async run(check: Check): Promise<number> {
    const order = await this.newOrder();
    const begun = performance.now();
    const before = this.findings.size;
    const { sandbox, returnUrl } = this.options;
    const { merchants } = sandbox;
    const report = (finding: Finding) => this.keep(finding);
    const trial = new Trial(check.id, order, this.app, sandbox, merchants, returnUrl, this.shared, report);
    await check.run(trial);
    const status = statusOf([...this.findings.values()].slice(before));
    const durationMs = Math.round(performance.now() - begun);
    this.results.push({ id: check.id, title: check.title, status, durationMs });
    return this.app.effects(order.mchOrderNo);
  }

  /** Each fault is reported only once, for the check that found it first. */
  private keep(finding: Finding): void {
    const key = finding.code === 'not-acknowledged' ? `${finding.code} ${finding.seen}` : finding.code;
    if (!this.findings.has(key)) this.findings.set(key, finding);
  }

  /** @throws CannotProveError unless it is an open order of the sandbox without an effect */
  private async newOrder(): Promise<OrderUnderProof> {
    const { orders, sandbox, notifyUrl, format = 'form' } = this.options;
    const given: unknown =
      typeof orders === 'function' ? await this.app.outside('orders', orders) : orders[this.nextOrder++];
    const number = String(given);
    const order = sandbox.order(number);
    if (order === undefined) {
      throw new CannotProveError(
        'orders',
        `The sandbox has no order ${JSON.stringify(given)}: check that ${sandbox.url} is the application’s baseUrl and that the number is complete.`,
      );
    }
    if (order.state > 1) {
      throw new CannotProveError(
        'orders',
        `Order ${number} is in state ${order.state}; each order must be open and is used only once.`,
      );
    }
    // Only the proof sends notifies about the order.
    sandbox.inject({ kind: 'notify-drop', mchNo: order.mchNo, mchOrderNo: order.mchOrderNo, times: Infinity });
    const effects = await this.app.effects(order.mchOrderNo);
    if (effects !== 0) {
      throw new CannotProveError(
        'count',
        `count returns ${effects} for order ${number}, which is not yet paid; it must count the effects of a payment.`,
      );
    }
    return new OrderUnderProof(sandbox, merchantOf(sandbox.merchants, order), order.mchOrderNo, notifyUrl, format);
  }
}

function whySkipped({ needs }: Check, options: Pick<ProveOptions, 'restart' | 'returnUrl'>): string | undefined {
  return needs === undefined || options[needs] !== undefined ? undefined : `no ${needs} option`;
}

function statusOf(findings: readonly Finding[]): Status {
  if (findings.some(({ severity }) => severity === 'fault')) return 'failed';
  return findings.length > 0 ? 'warned' : 'passed';
}

function merchantOf(
  merchants: readonly SandboxMerchant[],
  { mchNo, appId }: { readonly mchNo: string; readonly appId: string },
): SandboxMerchant {
  return merchants.find((merchant) => merchant.mchNo === mchNo && merchant.appId === appId)!;
}
