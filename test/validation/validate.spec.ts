import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { Rule, optional, required } from '../../lib/validation/rule.js';
import { text } from '../../lib/validation/checks.js';
import { Normalize, normalFormsOf } from '../../lib/validation/normalize.js';
import { filledInIssue, issuesOf } from '../../lib/validation/issues.js';
import { validateParams } from '../../lib/validation/validate.js';

const upper = (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value);

class Base {
  @Normalize()
  @Rule(required('a name', text(4)))
  name!: string;

  @Normalize(upper)
  @Rule(optional(text(4)))
  code?: string;
}
class Derived extends Base {
  @Normalize()
  @Rule(optional(text(8)))
  note?: string;
}

describe('a parameter class', () => {
  it('has the parameters of the class it extends, which gets none of its own', () => {
    expect([...normalFormsOf(new Derived()).keys()]).toEqual(['name', 'code', 'note']);
    expect([...normalFormsOf(new Base()).keys()]).toEqual(['name', 'code']);
  });

  it('is made of its parameters, each in its normal form', () => {
    const { params, issues } = validateParams(Derived, { name: 'n', code: 'c', note: '' });
    expect(params).toBeInstanceOf(Derived);
    expect(params).toEqual({ name: 'n', code: 'C' });
    expect(issues).toEqual([]);
  });

  it('gets the same normal form from class-transformer, for a ValidationPipe of the application’s own', () => {
    expect(plainToInstance(Derived, { name: 'n', code: 'c', note: null })).toEqual(
      validateParams(Derived, { name: 'n', code: 'c', note: null }).params,
    );
  });

  it('has no parameter of another class', () => {
    const { issues } = validateParams(Base, { name: 'n', note: 'x' });
    expect(issues).toEqual([{ field: 'note', message: 'note is unknown; check its spelling or leave it out' }]);
  });
});

describe('issuesOf', () => {
  const instance = Object.assign(new Base(), { name: 'much too long', foo: 1 });

  it('names the fields', () => {
    expect(issuesOf(instance)).toEqual([
      { field: 'foo', message: expect.stringMatching(/^foo is unknown/) },
      { field: 'name', message: 'name has 13 characters; send up to 4' },
    ]);
  });

  it('names them by their path', () => {
    expect(issuesOf(instance, 'items[2]')).toEqual([
      { field: 'items[2].foo', message: expect.stringMatching(/^items\[2\]\.foo is unknown/) },
      { field: 'items[2].name', message: 'items[2].name has 13 characters; send up to 4' },
    ]);
  });
});

describe('filledInIssue', () => {
  it.each(['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign'])('is there for %s', (field) => {
    expect(filledInIssue(field)).toEqual({ field, message: `${field} is set by the module; leave it out` });
  });

  it.each(['mchOrderNo', 'Sign', '', 'constructor'])('is not there for %p', (field) => {
    expect(filledInIssue(field)).toBeUndefined();
  });
});
