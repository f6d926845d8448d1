// A gateway that only responds: each create gets the same signed response, and under /each a response for its own
// order.
import { createServer } from 'node:http';
import { ORDER, MERCHANT, sign } from '../lib/module.mjs';

const answerOf = (mchOrderNo) => {
  const payOrderId = `P${mchOrderNo}`;
  const data = {
    payOrderId,
    mchOrderNo,
    orderState: 0,
    payDataType: 'payUrl',
    payData: `https://cashier.example/${payOrderId}`,
  };
  return Buffer.from(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, MERCHANT.secrets) }));
};
const same = answerOf(ORDER.mchOrderNo);

function send(response, answer) {
  response
    .writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8', 'Content-Length': answer.length })
    .end(answer);
}

const server = createServer((request, response) => {
  if (!request.url.startsWith('/each/')) {
    request.resume();
    request.on('end', () => send(response, same));
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => send(response, answerOf(JSON.parse(Buffer.concat(chunks)).mchOrderNo)));
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));

// The benchmark has ended or crashed.
process.on('disconnect', () => process.exit());
