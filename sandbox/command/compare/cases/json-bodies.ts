import { type CaseMaker, missingWords } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

/** Texts that are not JSON, or that have no parameters. */
const BODIES: readonly (readonly [what: string, body: string])[] = [
  ['an empty body', ''],
  ['a body of blanks', '   '],
  ['an empty object', '{}'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a list of an object', '[{}]'],
  ['a text', '"x"'],
  ['a number', '1'],
  ['true', 'true'],
  ['no JSON', 'compare'],
  ['a form', 'mchNo=compare&appId=compare'],
  ['an object that does not end', '{"mchNo":"compare"'],
  ['text after the object', '{"mchNo":"compare"} compare'],
];

/** JSON variants that only a lenient parser accepts. */
const WRITINGS: readonly (readonly [what: string, rewrite: (json: string) => string])[] = [
  ['single quotes', (json) => json.replaceAll('"', "'")],
  ['bare names', (json) => json.replaceAll(/"(\w+)":/g, '$1:')],
  ['a trailing comma', (json) => json.replace(/\}$/, ',}')],
  ['a comment', (json) => `/* compare */${json}`],
  ['a comment to the end of its line', (json) => json.replace('{', '{// compare\n')],
  ['a byte order mark', (json) => `\uFEFF${json}`],
  ['blanks around everything', (json) => ` ${json.replaceAll(/([,:{}])(?=")/g, '$1\n\t ')} `],
  ['a repeated name', (json) => json.replace('{', '{"mchOrderNo":"compare",')],
  ['escaped letters', (json) => json.replace('"mchNo"', String.raw`"\u006dchNo"`)],
];

/** What the gateway accepts as JSON. */
export function jsonBodies(maker: CaseMaker): CompareCase[] {
  const interchangeable = missingWords(maker.endpoint('query'));
  return [
    ...BODIES.map(([what, body]) => maker.case('query', `body is ${what}`, { body, interchangeable })),
    ...WRITINGS.map(([what, rewrite]) => maker.case('query', `JSON with ${what}`, { rewrite })),
  ];
}
