import type { CaseGroup, CompareCase } from './compare-case.js';
import { compareResponses, readObject, textOf } from './compare-responses.js';
import { reportRequest, reportResponse } from './report-case.js';
import type { ReportedCase, ReportedRequest } from './report.js';
import type { ReportFile } from './report-file.js';
import { type GatewayAnswer, UnansweredError } from './send.js';
import { MissingPlaceholderError, type PlaceholderValues, type WireRequest, writeRequest } from './write-request.js';

/** Consecutive requests without a response that end a run: the gateway is unreachable. */
const MAX_UNANSWERED = 5;

/** 商户应用不支持该支付方式: the payment method is known and not enabled for the app (protocol §10). */
const NOT_OPENED = '商户应用不支持该支付方式';

/** One of the two gateways. */
interface ComparedGateway {
  /** @throws UnansweredError */
  send(request: WireRequest): Promise<GatewayAnswer>;
}

export interface ComparisonRun {
  readonly groups: readonly CaseGroup[];
  readonly secret: string;
  /** The reference. */
  readonly sandbox: ComparedGateway;
  readonly target: ComparedGateway;
  readonly report: ReportFile;
  /** Whether the sandbox of this run knows which payment methods are enabled for the app. */
  readonly knowsOpenedWayCodes: boolean;
  /** In ms since 1970. */
  readonly now: () => number;
  readonly onCase?: (name: string) => void;
}

/** A case as sent to one of the gateways. */
interface Written {
  readonly request: WireRequest;
  readonly reported: ReportedRequest;
}

/** Both responses to a request. */
interface Answers {
  readonly expected: GatewayAnswer;
  readonly actual: GatewayAnswer;
}

/**
 * Sends every case that is missing from the report to both gateways, and records the results.
 *
 * @returns why the run ended before the last case, if it did
 */
export async function runComparison(run: ComparisonRun): Promise<string | undefined> {
  let unanswered = 0;
  for (const group of run.groups) {
    const names = group.cases.map(({ name }) => name);
    if (names.every((name) => run.report.isDone(name))) continue;
    // Orders that a group creates are known only to the run that created them.
    run.report.forget(names);
    const reason = await new GroupRun(run, group).toEnd();
    unanswered = reason === undefined ? 0 : unanswered + 1;
    if (unanswered === MAX_UNANSWERED) return reason;
  }
  return undefined;
}

/** Runs the cases of a group in their order. */
class GroupRun {
  private readonly values = { sandbox: {}, target: {} } as Record<'sandbox' | 'target', PlaceholderValues>;

  constructor(
    private readonly run: ComparisonRun,
    private readonly group: CaseGroup,
  ) {}

  /** @returns why a case had no response; the cases after it are not sent */
  async toEnd(): Promise<string | undefined> {
    const [first, ...others] = this.group.cases;
    try {
      const answers = await this.send(first);
      const isMade = [answers.expected, answers.actual].every((answer) => memberOf(answer, 'code') === '0');
      this.values.sandbox = membersOfData(answers.expected);
      this.values.target = membersOfData(answers.actual);
      for (const one of others) {
        if (!isMade) this.recordNotSent(one, `“${first.name}” was not accepted`);
        else await this.sendIfItCan(one);
      }
      return undefined;
    } catch (error) {
      if (error instanceof UnansweredError) return error.message;
      throw error;
    }
  }

  private async sendIfItCan(one: CompareCase): Promise<void> {
    try {
      await this.send(one);
    } catch (error) {
      if (!(error instanceof MissingPlaceholderError)) throw error;
      this.recordNotSent(one, `“${this.group.cases[0].name}” gave no ${error.placeholder}`);
    }
  }

  /** @throws UnansweredError, which is recorded; MissingPlaceholderError before anything is sent */
  private async send(one: CompareCase): Promise<Answers> {
    const { run } = this;
    run.onCase?.(one.name);
    const now = { now: String(run.now()) };
    const [ofSandbox, ofTarget] = [this.values.sandbox, this.values.target].map((values) => {
      const all = { ...values, ...now };
      return { request: writeRequest(one, run.secret, all), reported: reportRequest(one, all) };
    }) as [Written, Written];
    const reported = { name: one.name, request: ofTarget.reported };
    try {
      // The target first: if a request is lost, the sandbox must not know it either.
      const actual = await run.target.send(ofTarget.request);
      const expected = await run.sandbox.send(ofSandbox.request);
      run.report.record({ ...reported, ...this.judge(one, { expected, actual }) });
      return { expected, actual };
    } catch (error) {
      if (error instanceof UnansweredError) {
        run.report.record({ ...reported, outcome: 'unanswered', reason: error.message });
      }
      throw error;
    }
  }

  private judge(one: CompareCase, { expected, actual }: Answers): Omit<ReportedCase, 'name' | 'request'> {
    const { secret, knowsOpenedWayCodes } = this.run;
    const { wayCode, interchangeable, unknowable } = one;
    if (
      wayCode !== undefined &&
      !knowsOpenedWayCodes &&
      memberOf(actual, 'msg') === NOT_OPENED &&
      memberOf(expected, 'msg') !== NOT_OPENED
    ) {
      return { outcome: 'notSent', reason: `the app is not opened for ${wayCode}` };
    }
    const divergences = compareResponses(expected, actual, {
      secret,
      ...(interchangeable && { interchangeable: new Set(interchangeable) }),
      ...(unknowable && { unknowable: new Set(unknowable) }),
    });
    return {
      outcome: divergences.length === 0 ? 'alike' : 'differs',
      expected: reportResponse(expected),
      actual: reportResponse(actual),
      ...(divergences.length > 0 && { divergences }),
    };
  }

  private recordNotSent(one: CompareCase, reason: string): void {
    const request = reportRequest({ ...one, params: {} }, {});
    this.run.report.record({ name: one.name, request, outcome: 'notSent', reason });
  }
}

function memberOf({ body }: GatewayAnswer, name: 'code' | 'msg'): string | undefined {
  const value = readObject(body)?.[name];
  return value === undefined ? undefined : textOf(value);
}

/** Values that later cases can refer to. */
function membersOfData({ body }: GatewayAnswer): PlaceholderValues {
  const data = readObject(body)?.['data'];
  if (typeof data !== 'object' || data === null) return {};
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, textOf(value)]));
}
