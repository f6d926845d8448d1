import { type CaseMaker, missingWords } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

/** Paths similar to the query's path. */
const PATHS = [
  '/api/pay/query/',
  '/api//pay/query',
  '/api/pay/Query',
  '/api/PAY/query',
  '/api/pay/query.json',
  '/api/pay/query;x=1',
  '/api/pay/%71uery',
  '/api/pay/compare',
  '/api/pay',
  '/api/compare',
];

/**
 * Methods and paths of endpoints. Methods other than the endpoint's own are sent with an empty request, which cannot
 * create anything.
 */
export function methodsAndPaths(maker: CaseMaker): CompareCase[] {
  const query = maker.case.bind(maker, 'query');
  return [
    query('GET', { method: 'GET', place: 'query', contentType: null }),
    query('HEAD', { method: 'HEAD', place: 'query', contentType: null }),
    ...['PUT', 'DELETE', 'PATCH'].map((method) => query(method, { method })),
    ...maker.endpoints.flatMap(([name, endpoint]) =>
      endpoint.methods.includes('GET')
        ? []
        : ['GET', 'PUT', 'DELETE'].map((method) =>
            maker.case(name, `${method}, empty`, {
              method,
              signing: 'missing',
              interchangeable: missingWords(endpoint),
              ...(method === 'GET' ? { contentType: null, body: '' } : { body: '{}' }),
            }),
          ),
    ),
    ...PATHS.map((path) => query(`path ${path}`, { path })),
  ];
}
