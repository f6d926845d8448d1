import type { Readable, Writable } from 'node:stream';
import { CliError, ConfigurationError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Redactor } from './redactor.js';
import { isColoured, styleFor, type Style } from './style.js';

/** What a command found out: the same for people and for scripts. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  /** What `--json` prints, behind `ok`. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: (style: Style) => string;
}

/** What the command takes from its process. */
export interface World {
  /** As in `process.argv`: the first two are the paths of Node and of the command. */
  readonly argv: readonly string[];
  /** The environment's variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Listens for a signal that asks the command to end. */
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * What a command reads and prints. Results go to stdout: text for people or, with `--json`, exactly one JSON document,
 * errors included. Progress goes to stderr.
 */
export class Terminal {
  /** The code to end with, once everything is printed. */
  exitCode: ExitCode = EXIT.ok;
  readonly redactor = new Redactor();
  private readonly style: Style;
  private readonly errorStyle: Style;
  private isProgressShown = false;

  constructor(
    readonly world: World,
    private readonly isJson: boolean,
  ) {
    const { stdout, stderr, env } = world;
    this.style = styleFor(isColoured(stdout, env));
    // Also where the variable turns out to be wrong.
    this.redactor.hide((env['PASS2PAY_SECRET'] ?? '').split(','));
    this.errorStyle = styleFor(isColoured(stderr, env));
  }

  /** The environment's variables. */
  get env(): World['env'] {
    return this.world.env;
  }

  print(result: CommandResult): void {
    this.clearProgress();
    this.exitCode = result.exitCode;
    if (this.isJson) this.writeJson({ ok: result.exitCode === EXIT.ok, ...result.document });
    else this.world.stdout.write(`${this.redactor.text(result.text(this.style))}\n`);
  }

  /** One line that says what is going on; on a screen, the next one takes its place. */
  progress(line: string): void {
    const { stderr } = this.world;
    if (stderr.isTTY !== true) {
      if (!this.isJson) stderr.write(`${this.redactor.text(line)}\n`);
      return;
    }
    this.clearProgress();
    stderr.write(this.errorStyle.faint(this.redactor.text(line)));
    this.isProgressShown = true;
  }

  /** Prints what went wrong. An error that is none of the command's own is a fault in it. */
  fail(error: unknown): void {
    this.clearProgress();
    const isOwn = error instanceof CliError;
    const code = isOwn ? error.code : 'fault';
    const message = error instanceof Error ? error.message : String(error);
    this.exitCode = isOwn ? error.exitCode : EXIT.fault;
    if (this.isJson) {
      const issues = error instanceof ConfigurationError ? { issues: error.issues } : {};
      this.writeJson({ ok: false, error: { code, message, ...issues } });
      return;
    }
    const told = isOwn ? message : `The command failed: ${message}`;
    this.world.stderr.write(`${this.errorStyle.bad('error:')} ${this.redactor.text(told)}\n`);
  }

  private writeJson(document: object): void {
    this.world.stdout.write(`${JSON.stringify(this.redactor.value(document), undefined, 2)}\n`);
  }

  private clearProgress(): void {
    if (this.isProgressShown) this.world.stderr.write('\r\u001B[K');
    this.isProgressShown = false;
  }
}
