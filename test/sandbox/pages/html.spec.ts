import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { html } from '../../../sandbox/gateway/http/html.js';

describe('html', () => {
  it('escapes text, and leaves pieces of HTML as they are', () => {
    expect(html`<p title="${`"'`}">${'<b>&'}${html`<i>${'<'}</i>`}</p>`.text).toBe(
      '<p title="&quot;&#39;">&lt;b&gt;&amp;<i>&lt;</i></p>',
    );
  });

  it('writes lists without anything between, and numbers; nothing for what is not there', () => {
    const missing: string | undefined = undefined;
    expect(html`${['a', 'b'].map((name) => html`<b>${name}</b>`)}`.text).toBe('<b>a</b><b>b</b>');
    expect(html`${0}|${missing}|${false}|${null}|${''}`.text).toBe('0||||');
  });

  it('lets no text out of an element or a quoted attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [, inside] = /^<p id="([^"]*)">\1<\/p>$/.exec(html`<p id="${text}">${text}</p>`.text) ?? [];
        expect(inside).toBeDefined();
        expect(inside).not.toMatch(/[<>"']/);
        expect(inside?.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
  });
});
