import { randomBytes } from 'node:crypto';

/** A new order's number: 29 characters, unique without asking the database, and not to be guessed by other customers. */
export function newOrderNumber(now = new Date()): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  return `S${day}${randomBytes(10).toString('hex')}`;
}
