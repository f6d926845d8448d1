import { describe, expect, it } from '@jest/globals';
import axios, { AxiosHeaders, type AxiosDefaults, type InternalAxiosRequestConfig } from 'axios';
import { leanDefaults } from '../../../lib/client/transport/lean-defaults.js';

function lean(transformRequest?: AxiosDefaults['transformRequest']): AxiosDefaults {
  const { defaults } = axios.create();
  if (transformRequest !== undefined) defaults.transformRequest = transformRequest;
  leanDefaults(defaults);
  return defaults;
}

function transformed(defaults: AxiosDefaults, data: unknown, headers = new AxiosHeaders()): unknown {
  const transform = defaults.transformRequest as (this: object, data: unknown, headers: AxiosHeaders) => unknown;
  return transform.call({} as InternalAxiosRequestConfig, data, headers);
}

describe('the defaults of the module’s axios instance', () => {
  it('have no settings that its requests do not need', () => {
    const unused = ['transitional', 'env', 'xsrfCookieName', 'xsrfHeaderName', 'timeout', 'maxBodyLength'];
    const before = axios.create().defaults;
    for (const name of unused) {
      expect(before).toHaveProperty(name);
      expect(lean()).not.toHaveProperty(name);
    }
  });

  it('keep the headers of all methods and of POST, and no other', () => {
    const { common, post } = axios.create().defaults.headers;
    expect(lean().headers).toStrictEqual({ common, post });
  });

  it('keep the other settings', () => {
    const { adapter, validateStatus } = axios.create().defaults;
    expect(lean()).toMatchObject({ adapter, validateStatus, maxContentLength: -1 });
  });
});

describe('a body', () => {
  it('that is text is sent as it is, even if it is not JSON', () => {
    const headers = new AxiosHeaders({ 'Content-Type': 'application/json' });
    expect(transformed(lean(), 'a=1', headers)).toBe('a=1');
    expect(headers.getContentType()).toBe('application/json');
  });

  it('that an interceptor has changed to an object is still JSON', () => {
    const headers = new AxiosHeaders();
    expect(transformed(lean(), { a: 1 }, headers)).toBe('{"a":1}');
    expect(headers.getContentType()).toContain('application/json');
  });

  it('goes through each of the application’s transformations, in their order', () => {
    const add = (text: string) => (data: unknown, headers: AxiosHeaders) => {
      headers.set(`X-${text}`, 'seen');
      return [...(data as string[]), text];
    };
    const headers = new AxiosHeaders();
    expect(transformed(lean([add('first'), add('second')]), [], headers)).toStrictEqual(['first', 'second']);
    expect({ ...headers }).toStrictEqual({ 'X-first': 'seen', 'X-second': 'seen' });
    expect(transformed(lean(add('only')), [])).toStrictEqual(['only']);
  });

  it('is transformed with the request as this', () => {
    const defaults = lean(function (this: InternalAxiosRequestConfig) {
      return this.url;
    });
    const transform = defaults.transformRequest as (this: object, data: unknown, headers: object) => unknown;
    expect(transform.call({ url: 'a' }, {}, {})).toBe('a');
  });

  it('stays as it is if there is no transformation', () => {
    const { defaults } = axios.create();
    delete defaults.transformRequest;
    leanDefaults(defaults);
    const body = { a: 1 };
    expect(transformed(defaults, body)).toBe(body);
  });
});
