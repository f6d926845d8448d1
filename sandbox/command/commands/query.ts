import type { Command } from 'commander';
import { NoResponseError, UsageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import type { MerchantRef, Pass2PayApiError, Pass2PayClient, PaymentOrder, Transfer } from 'nestjs-pass2pay/client';
import { moduleOptions, variablesOf, withGatewayOptions, type GatewayOptions } from '../settings/module-options.js';
import { jsonOption } from '../settings/options.js';
import { printable, table } from '../terminal/table.js';
import type { CommandResult, Terminal } from '../terminal/terminal.js';
import { OrderState, TransferState } from 'nestjs-pass2pay/protocol';

interface QueryOptions extends GatewayOptions {
  readonly transfer?: boolean;
  readonly gatewayId?: boolean;
}

export function addQueryCommand(program: Command, terminal: Terminal): void {
  withGatewayOptions(program.command('query'))
    .description('query an order or a transfer and print the verified response')
    .argument('<number>', "the merchant's order number (mchOrderNo)")
    .option('--gateway-id', "the number is the gateway's: payOrderId or transferId")
    .option('--transfer', 'query a transfer')
    .addOption(jsonOption())
    .action(async (number: string, options: QueryOptions) => {
      terminal.print(await query(number, options, terminal));
    });
}

async function query(number: string, options: QueryOptions, terminal: Terminal): Promise<CommandResult> {
  const settings = await moduleOptions(await variablesOf(options, terminal), terminal);
  const { appId, mchNo } = options;
  const merchant = appId === undefined ? undefined : { appId, ...(mchNo !== undefined && { mchNo }) };
  terminal.progress(`Querying ${settings.baseUrl} …`);
  const { withGateway } = await import('../gateway/open-gateway.js');
  const { Pass2PayApiError, Pass2PayError, Pass2PayValidationError } = await import('nestjs-pass2pay/client');
  try {
    return foundResult(await withGateway(settings, (gateway) => find(gateway, number, options, merchant)));
  } catch (error) {
    if (error instanceof Pass2PayApiError) return refusedResult(error);
    if (error instanceof Pass2PayValidationError) throw new UsageError(error.message);
    if (error instanceof Pass2PayError) throw new NoResponseError(error.code, error.message);
    throw error;
  }
}

function find(
  { cashier, transfers }: Pass2PayClient,
  number: string,
  { transfer, gatewayId }: QueryOptions,
  merchant: MerchantRef | undefined,
): Promise<PaymentOrder | Transfer> {
  const callOptions = merchant === undefined ? {} : { merchant };
  if (transfer) {
    return transfers.queryTransfer(gatewayId ? { transferId: number } : { mchOrderNo: number }, callOptions);
  }
  return cashier.queryOrder(gatewayId ? { payOrderId: number } : { mchOrderNo: number }, callOptions);
}

function foundResult(found: PaymentOrder | Transfer): CommandResult {
  const isTransfer = 'transferId' in found;
  const stateName = isTransfer ? TransferState[found.state] : OrderState[found.state];
  return {
    exitCode: EXIT.ok,
    document: { [isTransfer ? 'transfer' : 'order']: { ...found, stateName } },
    text: (style) =>
      [
        `${style.strong(`${stateName ?? ''} (state ${found.state})`)} ${style.faint('– the response’s signature is valid')}`,
        table(Object.entries(found).map(([name, value]) => [name, printable(shown(name, value))])),
      ].join('\n'),
  };
}

function shown(name: string, value: unknown): string {
  const text = String(value);
  if (typeof value !== 'number') return text;
  if (name === 'amount') return `${text} (${(value / 100).toFixed(2)})`;
  return /(Time|At)$/.test(name) ? `${text} (${new Date(value).toISOString()})` : text;
}

function refusedResult({ gatewayCode, gatewayMessage, explanation, traceId }: Pass2PayApiError): CommandResult {
  return {
    exitCode: EXIT.notRight,
    document: { refusal: { code: gatewayCode, msg: gatewayMessage, explanation, ...(traceId && { traceId }) } },
    text: (style) =>
      [
        style.bad(`✗ The gateway refused the query with code ${gatewayCode}: ${printable(gatewayMessage)}`),
        table([
          ['meaning', explanation],
          ['traceId', traceId],
        ]),
      ].join('\n'),
  };
}
