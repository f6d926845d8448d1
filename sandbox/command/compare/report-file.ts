import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'lossless-json';
import { UsageError } from '../errors.js';
import type { CompareReport, ReportedCase, ReportSubject } from './report.js';

/** Minimum time between two writes, in ms. At the default rate, the file is written after each case. */
const LEAST_GAP_MS = 1_000;

/** In characters. */
const LONGEST_TEXT = 1_000;

const SUBJECT = ['version', 'target', 'dialect', 'mchNo', 'appId'] as const;

/**
 * The file of a report, with one case per line. It is complete at any time, even if the run is interrupted. It contains
 * no sequence of 32 or more hex digits (signatures are such), and nothing that `redact` removes.
 */
export class ReportFile {
  private readonly cases = new Map<string, ReportedCase>();
  /** The text of each case in the file, because the whole file is rewritten after each of hundreds of cases. */
  private readonly texts = new Map<string, string>();
  private readonly startedAt: string;
  private writtenAt = 0;

  private constructor(
    private readonly path: string,
    private readonly subject: ReportSubject,
    private readonly redact: (text: string) => string,
    private readonly now: () => number,
    before: Partial<CompareReport>,
  ) {
    this.startedAt = before.startedAt ?? new Date(now()).toISOString();
    for (const one of before.cases ?? []) this.keep(one);
  }

  /**
   * Continues the report of an earlier run, or starts a new one.
   *
   * @param now in ms since 1970
   * @throws UsageError if the file cannot be written, is not a report, or is about another gateway or account
   */
  static open(
    path: string,
    subject: ReportSubject,
    redact: (text: string) => string,
    now: () => number = Date.now,
  ): ReportFile {
    const before = read(path);
    for (const member of SUBJECT) {
      if (before === undefined || before[member] === subject[member]) continue;
      throw new UsageError(
        `The report ${path} is of ${member} ${before[member]}, and this run of ${subject[member]}: give another --report, or remove the file`,
      );
    }
    const file = new ReportFile(path, subject, redact, now, before ?? {});
    file.write();
    return file;
  }

  get reported(): readonly ReportedCase[] {
    return [...this.cases.values()];
  }

  /** Whether a case need not be sent again. */
  isDone(name: string): boolean {
    const outcome = this.cases.get(name)?.outcome;
    return outcome !== undefined && outcome !== 'unanswered';
  }

  /** Removes these cases from the report, so that they are sent again. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      this.cases.delete(name);
      this.texts.delete(name);
    }
  }

  record(one: ReportedCase): void {
    this.keep(this.clean(one) as ReportedCase);
    if (this.now() - this.writtenAt >= LEAST_GAP_MS) this.write();
  }

  /** Writes all cases that are not yet written. */
  close(): void {
    this.write();
  }

  private keep(one: ReportedCase): void {
    this.cases.set(one.name, one);
    this.texts.set(one.name, stringify(one) ?? '');
  }

  private write(): void {
    this.writtenAt = this.now();
    const head: Omit<CompareReport, 'cases'> = {
      ...this.subject,
      startedAt: this.startedAt,
      updatedAt: new Date(this.writtenAt).toISOString(),
    };
    const lines = JSON.stringify(head, undefined, 2).slice(0, -2);
    const text = `${lines},\n  "cases": [\n    ${[...this.texts.values()].join(',\n    ')}\n  ]\n}\n`;
    const unfinished = `${this.path}.${process.pid}.tmp`;
    try {
      writeFileSync(unfinished, text);
      renameSync(unfinished, this.path);
    } catch (error) {
      throw new UsageError(
        `The report ${this.path} cannot be written (${(error as { code?: string }).code ?? 'no file'})`,
      );
    }
  }

  private clean(value: unknown): unknown {
    if (typeof value === 'string') return this.cleanText(value);
    if (Array.isArray(value)) return value.map((item) => this.clean(item));
    // A number with its literal stays as it is.
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [this.cleanText(name), this.clean(member)]),
    );
  }

  /** Truncated last, because half a signature would not be recognised. */
  private cleanText(text: string): string {
    const cleaned = this.redact(text).replaceAll(/[\da-f]{32,}/gi, '…');
    return cleaned.length > LONGEST_TEXT ? `${cleaned.slice(0, LONGEST_TEXT)}…` : cleaned;
  }
}

function read(path: string): CompareReport | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT') return undefined;
    throw new UsageError(`The report ${path} cannot be read (${code ?? 'no file'})`);
  }
  try {
    const report = parse(text) as CompareReport;
    if (Array.isArray(report.cases) && typeof report.target === 'string') return report;
  } catch {
    // Reported below.
  }
  throw new UsageError(`The file ${path} is not a report of pass2pay compare: give another --report`);
}
