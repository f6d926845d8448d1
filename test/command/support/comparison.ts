import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { DialectName } from '../../../sandbox/index.js';
import { MERCHANT } from '../../support/test-merchant.js';
import { documentOf, type Run, runCommand } from './run-command.js';

const { mchNo, appId, secrets } = MERCHANT;

interface Difference {
  name: string;
  what: string;
  expected: string;
  actual: string;
}

export interface ComparisonRun extends Run {
  counts: { total: number; alike: number; differ: number; unanswered: number; notSent: number };
  differences: Difference[];
  stopped?: string;
}

/** A folder for the reports of a test file. */
export function reportFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-compare-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

export interface ComparedWith {
  baseUrl: string;
  report: string;
  dialect?: DialectName;
}

/** The variables and arguments of a comparison that does not wait between requests. */
export function comparison({ baseUrl, report, dialect = 'pass2pay' }: ComparedWith, more: readonly string[] = []) {
  return {
    env: {
      PASS2PAY_BASE_URL: baseUrl,
      PASS2PAY_MCH_NO: mchNo,
      PASS2PAY_APP_ID: appId,
      PASS2PAY_SECRET: secrets,
      // Only ends a call that hangs.
      PASS2PAY_TIMEOUT_MS: '600000',
    },
    args: ['compare', '--rate', '60000', '--dialect', dialect, '--report', report, ...more],
  };
}

export async function compare(asked: ComparedWith, ...more: string[]): Promise<ComparisonRun> {
  const { args, env } = comparison(asked, [...more, '--json']);
  const run = await runCommand(args, { env });
  return { ...run, ...(documentOf(run) as unknown as Omit<ComparisonRun, keyof Run>) };
}

export interface ReportText {
  cases: { name: string; outcome: string; request: Record<string, unknown>; reason?: string }[];
  [member: string]: unknown;
}

export function readReport(path: string): ReportText {
  return JSON.parse(readFileSync(path, 'utf8')) as ReportText;
}
