import type { CaseMaker } from './case-maker.js';
import { amounts } from './cases/amounts.js';
import { contentTypes } from './cases/content-types.js';
import { createValues } from './cases/create-values.js';
import { jsonBodies } from './cases/json-bodies.js';
import { longTexts } from './cases/long-texts.js';
import { lookups } from './cases/lookups.js';
import { merchants } from './cases/merchants.js';
import { methodsAndPaths } from './cases/methods-and-paths.js';
import { missingFields } from './cases/missing-fields.js';
import { orders } from './cases/orders.js';
import { signatures } from './cases/signatures.js';
import { versions } from './cases/versions.js';
import type { CaseGroup, CompareCase } from './compare-case.js';

/**
 * The requests to compare. Without `create`, each of them must be refused or asks for something that does not exist; a
 * gateway that is more lenient than the dialect creates at most unpaid orders of 1 fen.
 */
export function corpus(maker: CaseMaker, { create }: { readonly create: boolean }): CaseGroup[] {
  const harmless = [
    lookups,
    signatures,
    merchants,
    versions,
    jsonBodies,
    contentTypes,
    methodsAndPaths,
    missingFields,
    amounts,
    createValues,
  ].flatMap((casesOf) => casesOf(maker));
  return [
    ...harmless.map((one) => alone(one, false)),
    ...(create ? [...longTexts(maker).map((one) => alone(one, true)), ...orders(maker)] : []),
  ];
}

function alone(one: CompareCase, creates: boolean): CaseGroup {
  return { cases: [one], creates };
}
