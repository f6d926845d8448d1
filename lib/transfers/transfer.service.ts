import { ResponseFields } from '../client/response-fields.js';
import { assignGiven } from '../validation/assign-given.js';
import { withSignalOf, type CallOptions, type CallParam, type GatewayResponse } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import { differencesOf } from '../protocol/compare-terms.js';
import { Pass2PayOrderConflictError } from '../errors/pass2pay.errors.js';
import type { IdempotentCreate } from '../client/idempotent-create.js';
import type { CreatePorts } from '../client/order-store.js';
import { StoredCreate } from '../client/stored-create.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import type { ResolvedTransfersOptions } from './transfers.options.js';
import type { CreateTransferDto } from './create-transfer.dto.js';
import { CreatedTransfer } from './created-transfer.dto.js';
import type { TransferQuery, TransferRef } from './transfer-query.js';
import { needsAttention } from './needs-attention.js';
import { TRANSFER_STATES } from '../protocol/transfer-state.js';
import { lazily } from '../validation/lazily.js';
import type { Transfer } from './transfer.dto.js';

/** Loaded lazily: queries do not need the parameter rules. */
const rules = lazily(() => import('./validate-transfer.js'));

/** The fixed value that the gateway documents. Source: protocol §8. */
const FIXED_DESCRIPTION = '0';

/** Transfers move money out, to a bank card. */
export class TransferService {
  private readonly creates: StoredCreate;

  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: TransferQuery,
    outcome: IdempotentCreate,
    private readonly options: Pick<ResolvedClientOptions, 'currency'> & ResolvedTransfersOptions,
    ports: CreatePorts = {},
  ) {
    this.creates = new StoredCreate(outcome, ports);
  }

  /**
   * Creates a transfer (api/transferOrder). It is resent only if it was certainly never sent, or if the gateway reports
   * that it does not exist; repeating the call with the same mchOrderNo never moves the money twice.
   *
   * @throws Pass2PayValidationError with every issue of the transfer; nothing was sent.
   * @throws Pass2PayOutcomeUnknownError when the transfer may or may not exist.
   * @throws Pass2PayOrderConflictError when the number belongs to another transfer.
   * @throws Pass2PayError the errors of `GatewayClient.call`: the transfer was not created.
   */
  async createTransfer(transfer: CreateTransferDto, options: CallOptions = {}): Promise<CreatedTransfer> {
    const { validateTransfer } = await rules();
    const wanted = this.withDefaults(validateTransfer(transfer));
    const { mchOrderNo } = wanted;
    const { mchNo, appId } = await this.gateway.merchantOf(options);
    const { amount, currency, custNo } = wanted;
    const send = async (call: CallOptions) =>
      readCreated(await this.gateway.call('transferOrder', this.named(wanted), call), wanted);
    return this.creates.create<CreatedTransfer, Transfer>(
      { kind: 'transfer', mchNo, appId, mchOrderNo, amount, currency, custNo, expiresInS: 0 },
      {
        mchOrderNo,
        signal: options.signal,
        send: (signal) => send(withSignalOf(options, signal)),
        find: (signal) => this.query.find({ mchOrderNo }, withSignalOf(options, signal)),
        differences: (existing) => differences(existing, { ...wanted, appId }),
        recover,
        restore: (stored) => restore(stored, wanted),
        gatewayId: ({ transferId }) => transferId,
      },
    );
  }

  /**
   * Queries the transfer (api/transfer/query).
   *
   * @throws Pass2PayApiError when the gateway does not know it.
   * @throws Pass2PayOrderConflictError when the response is for a transfer whose number differs in case or trailing
   * spaces.
   * @throws Pass2PayError the errors of `GatewayClient.call`.
   */
  async queryTransfer(ref: TransferRef, options?: CallOptions): Promise<Transfer> {
    return this.query.find(ref, options);
  }

  private withDefaults(transfer: CreateTransferDto): WantedTransfer {
    transfer.currency ??= this.options.currency;
    transfer.entryType ??= 'BANK_CARD';
    transfer.transferDesc ??= FIXED_DESCRIPTION;
    transfer.notifyUrl ??= this.options.transferNotifyUrl;
    return transfer as WantedTransfer;
  }

  /** The documents and the gateway's code use different names for one parameter. Source: protocol §2. */
  private named({ extParam, ...transfer }: WantedTransfer): Record<string, CallParam> {
    return { ...transfer, [this.options.transferExtParamName]: extParam };
  }
}

type WantedTransfer = CreateTransferDto & { currency: string; channelExtra?: string };

function readCreated(response: GatewayResponse, wanted: WantedTransfer): CreatedTransfer {
  const fields = new ResponseFields(response);
  const mchOrderNo = fields.text('mchOrderNo');
  if (mchOrderNo !== wanted.mchOrderNo) throw fields.wrong(`is for a different transfer than ${wanted.mchOrderNo}`);
  const amount = fields.integer('amount');
  if (amount !== wanted.amount) throw fields.wrong(`has the amount ${amount} instead of ${wanted.amount}`);
  const state = fields.state('state', TRANSFER_STATES);
  const errCode = fields.optionalText('errCode');
  const errMsg = fields.optionalText('errMsg');
  return assignGiven(new CreatedTransfer(), {
    transferId: fields.text('transferId'),
    mchOrderNo,
    amount,
    state,
    accountNo: fields.optionalText('accountNo'),
    accountName: fields.optionalText('accountName'),
    bankName: fields.optionalText('bankName'),
    channelOrderNo: fields.optionalText('channelOrderNo'),
    errCode,
    errMsg,
    needsAttention: needsAttention({ state, errCode, errMsg }),
    recovered: false,
    traceId: response.traceId,
  });
}

function recover(existing: Transfer): CreatedTransfer {
  const { transferId, mchOrderNo, amount, state, accountNo, accountName, bankName, channelOrderNo } = existing;
  const { errCode, errMsg } = existing;
  return assignGiven(new CreatedTransfer(), {
    transferId,
    mchOrderNo,
    amount,
    state,
    accountNo,
    accountName,
    bankName,
    channelOrderNo,
    errCode,
    errMsg,
    needsAttention: existing.needsAttention,
    recovered: true,
  });
}

/** @throws Pass2PayOrderConflictError when the stored transfer went to another account. */
function restore(stored: CreatedTransfer, { mchOrderNo, accountNo }: WantedTransfer): CreatedTransfer {
  const different = accountDifferences(stored.accountNo, accountNo);
  if (different.length > 0) throw new Pass2PayOrderConflictError(different, { mchOrderNo });
  return Object.assign(new CreatedTransfer(), stored, { recovered: true });
}

function differences(
  existing: Transfer,
  { amount, currency, appId, accountNo }: WantedTransfer & { appId: string },
): string[] {
  return [
    ...differencesOf(existing, { amount, currency, appId }),
    ...accountDifferences(existing.accountNo, accountNo),
  ];
}

/** Never shows an account number, which is personal data. A masked one cannot be compared. */
function accountDifferences(known: string | undefined, wanted: string): string[] {
  if (known === undefined || known.includes('*') || known === wanted) return [];
  return ['accountNo is different'];
}
