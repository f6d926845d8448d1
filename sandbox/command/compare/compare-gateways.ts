import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { DialectName } from '../../gateway/dialects/dialect.js';
import { DIALECTS } from '../../gateway/dialects/dialects.js';
import { Pass2PaySandbox } from '../../gateway/pass2pay-sandbox.js';
import { UsageError } from '../errors.js';
import { type Account, CaseMaker } from './case-maker.js';
import { corpus } from './corpus.js';
import { type CompareClock, Pace } from './pace.js';
import { type CompareCounts, countCases, type ReportedCase } from './report.js';
import { ReportFile } from './report-file.js';
import { runComparison } from './run-comparison.js';
import { send } from './send.js';

export interface CompareSettings {
  readonly version: string;
  /** The gateway to compare with the sandbox. */
  readonly target: string;
  readonly dialect: DialectName;
  readonly account: Account;
  readonly secret: string;
  readonly create: boolean;
  readonly requestsPerMinute: number;
  readonly reportPath: string;
  /** The timeout of a request, in ms. */
  readonly timeoutMs: number;
  /** The payment methods that are enabled for the app, if known. */
  readonly openedWayCodes?: readonly string[];
  /** Removes secrets from a text. */
  readonly redact: (text: string) => string;
  readonly onCase?: (number: number, of: number, name: string) => void;
  readonly clock?: CompareClock;
}

export interface Comparison {
  readonly counts: CompareCounts;
  readonly cases: readonly ReportedCase[];
  /** Why the run ended early, if it did. */
  readonly stopped?: string;
}

const REAL_CLOCK: CompareClock = {
  now: () => Date.now(),
  wait: async (ms) => {
    await setTimeout(ms);
  },
};

/** @throws UsageError if the report cannot be used, or a payment method is unknown */
export async function compareGateways(settings: CompareSettings): Promise<Comparison> {
  const { version, target, dialect, account, secret, clock = REAL_CLOCK, timeoutMs, openedWayCodes } = settings;
  checkWayCodes(dialect, openedWayCodes);
  const maker = new CaseMaker({
    dialect: DIALECTS[dialect],
    account,
    newNumber: numbersOfThisRun(clock.now()),
    ...(openedWayCodes && { openedWayCodes }),
  });
  const groups = corpus(maker, settings);
  const names = groups.flatMap(({ cases }) => cases.map(({ name }) => name));
  const report = ReportFile.open(settings.reportPath, { version, target, dialect, ...account }, settings.redact, () =>
    clock.now(),
  );
  const pace = new Pace(clock, settings.requestsPerMinute);
  const sandbox = await Pass2PaySandbox.start({
    dialect,
    merchants: [{ ...account, secret, ...(openedWayCodes && { wayCodes: openedWayCodes }) }],
  });
  try {
    const stopped = await runComparison({
      groups,
      secret,
      report,
      sandbox: { send: (request) => send(sandbox.url, request, timeoutMs) },
      target: { send: (request) => pace.send(() => send(target, request, timeoutMs)) },
      knowsOpenedWayCodes: openedWayCodes !== undefined,
      now: () => clock.now(),
      onCase: (name) => settings.onCase?.(names.indexOf(name) + 1, names.length, name),
    });
    const cases = report.reported;
    return { counts: countCases(cases, names), cases, ...(stopped !== undefined && { stopped }) };
  } finally {
    report.close();
    await sandbox.stop();
  }
}

/** At most 24 characters, never repeated in another run. */
function numbersOfThisRun(now: number): () => string {
  const run = `cmp${now.toString(36)}${randomBytes(3).toString('hex')}`;
  let last = 0;
  return () => {
    last += 1;
    return `${run}-${last}`;
  };
}

function checkWayCodes(dialect: DialectName, wayCodes: readonly string[] = []): void {
  const known = Object.keys(DIALECTS[dialect].wayCodes);
  const unknown = wayCodes.filter((code) => !known.includes(code));
  if (unknown.length === 0) return;
  throw new UsageError(`--way-codes ${unknown.join(',')} is unknown: the dialect ${dialect} has ${known.join(', ')}`);
}
