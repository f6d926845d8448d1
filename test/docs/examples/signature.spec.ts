import { expect, it } from '@jest/globals';
import { canonicalize, sign, verify } from 'nestjs-pass2pay';

const secret = 'sandbox-secret-worth-nothing-0123456789';
const params = {
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  mchOrderNo: 'A1',
  amount: 10031,
  currency: 'cny',
  custNo: 'C1',
  registerTime: 1622016572190,
  extParam: '', // empty: neither sent nor signed
  reqTime: 1716888800000,
  version: '1.1',
  signType: 'MD5',
};

it('is made of the sorted parameters and the secret', () => {
  expect(canonicalize(params)).toBe(
    'amount=10031&appId=60cc09bce4b0f1c0b83761c9&currency=cny&custNo=C1&mchNo=M1621873433953&mchOrderNo=A1&' +
      'registerTime=1622016572190&reqTime=1716888800000&signType=MD5&version=1.1&',
  );
  // MD5 over that text, then `key=` and the secret.
  expect(sign(params, secret)).toBe('C68EC9E79742B1EC001CA0BAA9F792BD');
});

it('fits two messages where a value holds an ampersand', () => {
  const genuine = { extParam: 'E&mchNo=M1&state=2', state: '1' };
  const forged = { extParam: 'E', mchNo: 'M1', state: '2&state=1' };
  expect(verify(forged, sign(genuine, secret), secret)).toBe(true);
});
