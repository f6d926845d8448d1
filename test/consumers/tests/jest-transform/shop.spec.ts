import { Test } from '@nestjs/testing';
import { CashierService, Pass2PayConnectionError, Pass2PayModule } from 'nestjs-pass2pay';

describe('a consumer’s test', () => {
  it('imports the main entry', async () => {
    const merchants = [{ mchNo: 'M1', appId: 'A1', secrets: 'a secret of a test, 0123456789' }];
    const module = await Test.createTestingModule({
      imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants, retries: 0 })],
    }).compile();
    const order = { mchOrderNo: 'T1', amount: 100, registerTime: 1_622_016_572_190, custNo: 'C200492312' };
    await expect(module.get(CashierService).createOrder(order)).rejects.toBeInstanceOf(Pass2PayConnectionError);
    await module.close();
  });
});
