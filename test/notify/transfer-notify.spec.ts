import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const received: TransferNotification[] = [];

@Controller('pay')
class TransferNotifyController {
  @TransferNotify('transfer-notify')
  receive(@NotifyPayload() transfer: TransferNotification) {
    received.push(transfer);
  }
}

describe.each(PLATFORMS)('transfer notifies on %s', (platform) => {
  let sandbox: Pass2PaySandbox;
  let running: RunningApp;

  beforeAll(async () => {
    const { secrets: secret, ...app } = MERCHANT;
    sandbox = await Pass2PaySandbox.start({ merchants: [{ ...app, secret }], notifySpeed: 1000 });
    running = await startApp(
      {
        imports: [Pass2PayModule.forRoot({ baseUrl: sandbox.url, merchants: [{ ...MERCHANT }] })],
        controllers: [TransferNotifyController],
      },
      { platform, rawBody: true },
    );
  });
  afterAll(async () => {
    await running.app.close();
    await sandbox.stop();
  });
  beforeEach(() => {
    received.length = 0;
  });

  const post = (body: string) =>
    fetch(`${running.url}/pay/transfer-notify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });

  it.each([
    ['succeedTransfer', TransferState.Success],
    ['failTransfer', TransferState.Failed],
  ] as const)('from the gateway itself: %s', async (end, state) => {
    const mchOrderNo = `${end}-${platform}`;
    const made = await running.app.get(TransferService).createTransfer({
      mchOrderNo,
      amount: 100,
      custNo: 'C200492312',
      clientIp: '210.73.10.148',
      accountNo: '6222020200112233445',
      accountName: '张三',
      extParam: 'mine',
      notifyUrl: `${running.url}/pay/transfer-notify`,
    });
    await sandbox[end](mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    expect(received).toHaveLength(1);
    expect(received[0]).toBeInstanceOf(TransferNotification);
    expect(received[0]).toMatchObject({
      transferId: made.transferId,
      mchOrderNo,
      amount: 100,
      currency: 'cny',
      state,
      accountNo: '6222020200112233445',
      accountName: '张三',
      extParam: 'mine',
      reqTime: expect.any(Number),
    });
  });

  const transfer = (changes: Record<string, string> = {}): Record<string, string> => ({
    transferId: 'T1795063328371040258',
    mchNo: MERCHANT.mchNo,
    appId: MERCHANT.appId,
    mchOrderNo: 'T1',
    amount: '100',
    currency: 'cny',
    ifCode: 'bank',
    entryType: 'BANK_CARD',
    state: '2',
    accountNo: '6222020200112233445',
    createdAt: '1716888800000',
    reqTime: '1716888889000',
    ...changes,
  });

  it.each(['extParam', 'extraParam'])('gives out what was sent along, called %s', async (name) => {
    expect(await (await post(signedForm(transfer({ [name]: 'mine' })))).text()).toBe('success');
    expect(received[0]).toMatchObject({ extParam: 'mine' });
  });

  it.each([
    ['a changed account', signedForm(transfer()).replace('3445', '3446')],
    ['a payment notify', signedForm(notifyParams())],
    ['a state that is no number', signedForm(transfer({ state: 'SUCCESS' }))],
    ['no transferId', signedForm(transfer({ transferId: '' }))],
    ['no sign', new URLSearchParams(transfer()).toString()],
  ])('refuses %s', async (_what, body) => {
    expect((await post(body)).status).toBe(401);
    expect(received).toEqual([]);
  });

  it('asks the gateway about one whose signature is ambiguous', async () => {
    const mchOrderNo = `ambiguous-${platform}`;
    const { transferId } = await running.app.get(TransferService).createTransfer({
      mchOrderNo,
      amount: 100,
      custNo: 'C200492312',
      clientIp: '210.73.10.148',
      accountNo: '6222020200112233445',
    });
    const told = transfer({ mchOrderNo, transferId, state: '3', errMsg: 'a&b' });
    expect((await post(signedForm(told))).status).toBe(401);
    expect(received).toEqual([]);
    await sandbox.failTransfer(mchOrderNo);
    expect((await post(signedForm(told))).status).toBe(200);
    expect(received).toMatchObject([{ mchOrderNo, state: TransferState.Failed }]);
    // What reaches the handler is what the gateway answered, not what the notify said.
    expect(received[0]!.errMsg).not.toBe('a&b');
  });
});
