import { expect, it } from '@jest/globals';
import { numbered, placeholders } from '../../lib/database/placeholders.js';

it('numbers the parameters of a statement, each time alike', () => {
  for (let count = 0; count < 2; count++) {
    expect(numbered('SELECT a FROM t WHERE b = ? AND c = ?')).toBe('SELECT a FROM t WHERE b = $1 AND c = $2');
  }
  expect(numbered('SELECT a FROM t WHERE d = ?')).toBe('SELECT a FROM t WHERE d = $1');
  expect(numbered('SELECT 1')).toBe('SELECT 1');
});

it('has one parameter for each value', () => {
  expect(placeholders([7, 'a', null])).toBe('?, ?, ?');
  expect(placeholders([7])).toBe('?');
});
