// A gateway on all addresses of this machine that takes no connection until its standard input ends: its queue is soon full,
// and a TCP handshake takes until then.
import { readSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const body = JSON.stringify({ code: 9999, msg: request.socket.localAddress });
  request.resume().on('end', () => response.end(body));
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 1 }, () => {
  process.stdout.write(`${server.address().port}\n`, () => {
    // Blocks the event loop, so that nothing is accepted.
    readSync(0, Buffer.alloc(1));
  });
});
