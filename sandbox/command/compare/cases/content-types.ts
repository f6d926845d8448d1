import { type CaseMaker, missingWords } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

const FORM = 'application/x-www-form-urlencoded';

/** The content types and encodings of parameters. */
export function contentTypes(maker: CaseMaker): CompareCase[] {
  const query = maker.case.bind(maker, 'query');
  const interchangeable = missingWords(maker.endpoint('query'));
  return [
    query('a form', { place: 'form', contentType: FORM }),
    query('a form with a charset', { place: 'form', contentType: `${FORM};charset=UTF-8` }),
    query('multipart', { place: 'multipart', contentType: 'multipart/form-data; boundary=compare' }),
    query('parameters in the query string of a POST', { place: 'query', contentType: null }),
    ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=GBK'].map((contentType) =>
      query(`JSON as ${contentType}`, { contentType }),
    ),
    ...['text/json', 'text/plain', 'application/octet-stream', FORM].map((contentType) =>
      query(`JSON as ${contentType}`, { contentType, interchangeable }),
    ),
    query('JSON without a content type', { contentType: null, interchangeable }),
  ];
}
