// Loaded before a program: says on stderr on which port each of its servers listens.
import { Server } from 'node:net';

const { value: listen } = Object.getOwnPropertyDescriptor(Server.prototype, 'listen');
Server.prototype.listen = function (...args) {
  this.once('listening', () => process.stderr.write(`LISTENING ${this.address().port}\n`));
  return listen.apply(this, args);
};
