import type { Command } from 'commander';
import { SandboxDataFileError } from '../../gateway/data/data-file.error.js';
import type { SandboxOptions } from '../../gateway/options.js';
import type { Pass2PaySandbox } from '../../gateway/pass2pay-sandbox.js';
import { UsageError } from '../errors.js';
import { wholeNumber } from './options.js';
import type { SandboxMerchantOptions } from './sandbox-merchants.js';

/** Options of every command that runs a sandbox. */
export interface CommonSandboxOptions extends SandboxMerchantOptions {
  readonly port: number;
  readonly host: string;
  readonly allowHost: readonly string[];
}

/** Adds the options of a command that runs a sandbox. */
export function withSandboxOptions(command: Command): Command {
  return command
    .option('--port <number>', 'TCP port; 0 for a free one', wholeNumber(0, 65_535), 9_216)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--allow-host <name>',
      'additional allowed host name; may be repeated',
      (name: string, found: string[]) => [...found, name],
      [],
    )
    .option(
      '--merchant <mchNo/appId>',
      'a merchant; may be repeated. Its secret is in PASS2PAY_SECRET_<appId> or, for a single merchant, as for the other commands',
      (merchant: string, found: string[]) => [...found, merchant],
      [],
    )
    .option('--merchants-file <path>', 'JSON file: [{ "mchNo", "appId", "secret", "name"? }]')
    .option('--secret-file <path>', "file with the single merchant's secret; - is stdin");
}

/** @throws UsageError that says what is wrong with the options or the port. */
export async function startSandbox(options: CommonSandboxOptions, more: SandboxOptions): Promise<Pass2PaySandbox> {
  const { port, host, allowHost } = options;
  const { Pass2PaySandbox } = await import('../../gateway/pass2pay-sandbox.js');
  try {
    return await Pass2PaySandbox.start({ port, host, allowedHosts: allowHost, ...more });
  } catch (error) {
    throw startError(error, options);
  }
}

function startError(error: unknown, { port, host }: CommonSandboxOptions): unknown {
  if (error instanceof TypeError || error instanceof SandboxDataFileError) return new UsageError(error.message);
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') {
    return new UsageError(
      `Port ${port} is in use; stop the process that uses it, or pass another --port (0 for a free one)`,
    );
  }
  if (code === 'EACCES') return new UsageError(`Port ${port} requires more privileges; pass a --port of 1024 or above`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UsageError(`${host} is not an address of this machine; pass another --host`);
  }
  return error;
}
