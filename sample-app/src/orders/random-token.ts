import { randomBytes } from 'node:crypto';

/** 22 characters of 128 random bits: nobody guesses one. */
export function randomToken(): string {
  return randomBytes(16).toString('base64url');
}

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value);
}
