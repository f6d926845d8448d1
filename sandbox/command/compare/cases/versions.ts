import type { CaseMaker } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

const HOUR_MS = 3_600_000;

/** Values of the common fields that the gateway may check. */
export function versions(maker: CaseMaker): CompareCase[] {
  const query = (what: string, set: Record<string, string | number>) => maker.case('query', what, { set });
  return [
    ...['1.0', '1.1', '1.0.0', '2.0', 'x'].map((version) => query(`version ${version}`, { version })),
    ...['md5', 'RSA', 'x'].map((signType) => query(`signType ${signType}`, { signType })),
    query('reqTime of an hour ago', { reqTime: `${Date.now() - HOUR_MS}` }),
    query('reqTime of 2001', { reqTime: '1000000000000' }),
    query('reqTime in seconds', { reqTime: '1716888888' }),
    query('reqTime as a number', { reqTime: 1_716_888_888_123 }),
    query('reqTime is no number', { reqTime: 'x' }),
    ...maker.endpoints.flatMap(([name, { checks }]) =>
      checks.includes('createVersion')
        ? ['1.0', '1.0.0', '0'].map((version) => maker.case(name, `version ${version}`, { set: { version } }))
        : [],
    ),
  ];
}
