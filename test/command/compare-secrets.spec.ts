import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReportFile } from '../../sandbox/command/compare/report-file.js';
import { Redactor } from '../../sandbox/command/terminal/redactor.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT } from '../support/test-merchant.js';
import { comparison, reportFolder } from './support/comparison.js';
import { GatewayProxy } from './support/gateway-proxy.js';
import { runCommand } from './support/run-command.js';

const { mchNo, appId, secrets } = MERCHANT;
const folder = reportFolder();
const HASH = /[\da-f]{32}/i;

it.each(['text', 'JSON'])(
  'a gateway that repeats whatever it got gets nothing secret into report and %s',
  async (form) => {
    const sandbox = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret: secrets }] });
    const proxy = await GatewayProxy.start(sandbox.url, async ({ body, target }, forward) => {
      const { status, contentType } = await forward();
      const msg = `${secrets} ${target} ${body} ${secrets}`;
      const sign = /[\da-f]{32}/i.exec(body)?.[0] ?? '';
      return {
        status,
        contentType,
        body: JSON.stringify({ code: 9999, msg, [sign]: 1, data: { [secrets]: sign }, sign }),
      };
    });
    const report = join(folder, form);
    const { args, env } = comparison({ baseUrl: proxy.url, report }, [
      '--create',
      ...(form === 'JSON' ? ['--json'] : []),
    ]);
    const { code, stdout, stderr } = await runCommand(args, { env });
    await proxy.stop();
    await sandbox.stop();
    expect(code).toBe(1);
    for (const text of [stdout, stderr, readFileSync(report, 'utf8')]) {
      expect(text).not.toContain(secrets);
      expect(HASH.exec(text)?.[0]).toBeUndefined();
    }
  },
);

it('no text of a case gets a secret or a hash into the file', () => {
  const path = join(folder, 'any');
  const redactor = new Redactor();
  redactor.hide([secrets]);
  const subject = { version: '1.0.0', target: 'http://127.0.0.1:1', dialect: 'pass2pay', mchNo, appId } as const;
  const spoiled = fc
    .tuple(fc.string(), fc.constantFrom(secrets, 'a'.repeat(32), 'ABCDEF0123456789'.repeat(4)), fc.string())
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.record({ name: spoiled, text: spoiled, member: spoiled }), ({ name, text, member }) => {
      const file = ReportFile.open(path, subject, (raw) => redactor.text(raw));
      file.record({
        name,
        outcome: 'differs',
        request: { endpoint: text, method: text, path: text, signature: 'valid', params: { [member]: text } },
        actual: { status: 200, msg: text, members: member },
        divergences: [{ what: text, expected: member, actual: text }],
      });
      file.close();
      const written = readFileSync(path, 'utf8');
      expect(written).not.toContain(secrets);
      expect(HASH.test(written)).toBe(false);
    }),
    { numRuns: 50 },
  );
});
