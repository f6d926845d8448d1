import type { Readable, Writable } from 'node:stream';
import { CliError, ConfigurationError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Redactor } from './redactor.js';
import { isColoured, styleFor, type Style } from './style.js';

/** The result of a command, for people and for scripts. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  /** The JSON document for `--json`, without its first member `ok`. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly text: (style: Style) => string;
}

/** What the command uses of its process. */
export interface World {
  /** As in `process.argv`: the first two are the paths of Node and of the command. */
  readonly argv: readonly string[];
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Listens for a signal that stops the command. */
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * Input and output of a command. Results go to stdout: text for people or, with `--json`, exactly one JSON document,
 * errors included. Progress goes to stderr.
 */
export class Terminal {
  /** The exit code of the process. */
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
    // Even if the variable turns out to be invalid.
    this.redactor.hide((env['PASS2PAY_SECRET'] ?? '').split(','));
    this.errorStyle = styleFor(isColoured(stderr, env));
  }

  /** The environment variables. */
  get env(): World['env'] {
    return this.world.env;
  }

  print(result: CommandResult): void {
    this.clearProgress();
    this.exitCode = result.exitCode;
    if (this.isJson) this.writeJson({ ok: result.exitCode === EXIT.ok, ...result.document });
    else this.world.stdout.write(`${this.redactor.text(result.text(this.style))}\n`);
  }

  /** Prints a line about the progress; on a terminal, the next one replaces it. */
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

  /** Prints an error. An error other than a CliError is a fault in the command. */
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
