import { Test } from '@nestjs/testing';
import { CashierService, Pass2PayApiError, Pass2PayModule } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';

describe('a consumer’s test', () => {
  let sandbox: Pass2PaySandbox;
  beforeEach(async () => {
    sandbox = await Pass2PaySandbox.start();
  });
  afterEach(() => sandbox.stop());

  it('makes an order against the sandbox', async () => {
    const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
    const module = await Test.createTestingModule({
      imports: [Pass2PayModule.forRoot({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets }] })],
    }).compile();
    const order = { mchOrderNo: 'T1', amount: 100, registerTime: 1_622_016_572_190, custNo: 'C200492312' };
    const made = await module.get(CashierService).createOrder(order);
    expect(made.cashierUrl).toContain(sandbox.url);
    await expect(module.get(CashierService).queryOrder({ mchOrderNo: 'T2' })).rejects.toBeInstanceOf(Pass2PayApiError);
    await module.close();
  });
});
