// A gateway that does nothing but answer: each create gets the same signed answer.
import { createServer } from 'node:http';
import { ORDER, MERCHANT, sign } from '../lib/module.mjs';

const data = {
  payOrderId: 'P1795063328371040258',
  mchOrderNo: ORDER.mchOrderNo,
  orderState: 0,
  payDataType: 'payUrl',
  payData: 'https://cashier.example/P1795063328371040258',
};
const answer = Buffer.from(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, MERCHANT.secrets) }));
const headers = { 'Content-Type': 'application/json;charset=UTF-8', 'Content-Length': answer.length };

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, headers).end(answer));
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));

// The benchmark has ended, however it ended.
process.on('disconnect', () => process.exit());
