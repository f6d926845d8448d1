import { Merchant } from '../merchants/merchant.js';
import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import { isObject } from '../validation/option-rules.js';
import type { Environment } from './environment.js';
import { MERCHANT_VARIABLES } from './variables.js';

/** The apps in the environment, and how to report their issues by variable name. */
export interface GivenMerchants {
  merchants: Merchant[];
  tell: (issue: ValidationIssue) => void;
}

const { mchNo, appId, secret, secretFile, merchants, merchantsFile } = MERCHANT_VARIABLES;

/** The merchants' apps in the environment; undefined if there are none or the JSON is invalid. */
export function readMerchants(environment: Environment): GivenMerchants | undefined {
  const given = Object.values(MERCHANT_VARIABLES).filter((name) => environment.text(name) !== undefined);
  const several = given.filter((name) => name === merchants || name === merchantsFile);
  if (given.length === 0) return undefined;
  if (several.length === 0) return oneMerchant(environment);
  if (given.length > 1) {
    const others = given.slice(0, -1).map((name) => environment.prefix + name);
    environment.issue(given.at(-1)!, `is set together with ${others.join(', ')}; use only one way to configure apps`);
    return undefined;
  }
  return manyMerchants(environment, several[0]!);
}

/** Adds the issues of a missing app. */
export function missingMerchant(environment: Environment): void {
  const { prefix } = environment;
  environment.issue(mchNo, `is required: the merchant number; or list several apps in ${prefix}${merchantsFile}`);
  environment.issue(appId, 'is required: the app id from the management page');
  environment.issue(secret, `is required: the app’s secret; or ${prefix}${secretFile}, the path of a file with it`);
}

function oneMerchant(environment: Environment): GivenMerchants {
  const merchant = new Merchant();
  const number = environment.text(mchNo);
  const app = environment.text(appId);
  const secrets = readSecrets(environment);
  // Unset members are left out, so that the rules report them.
  Object.assign(merchant, number && { mchNo: number }, app && { appId: app }, secrets && { secrets });
  const secretVariable = environment.text(secretFile) === undefined ? secret : secretFile;
  const variables: Readonly<Record<string, string>> = { mchNo, appId, secrets: secretVariable };
  return {
    merchants: [merchant],
    tell: ({ field, message }) => {
      const name = variables[field.slice('merchants[0].'.length)]!;
      if (!environment.isWrong(name)) environment.issue(name, message.slice(field.length + 1));
    },
  };
}

/** Several secrets: one per line in a file, separated by commas in a variable; the first signs. */
function readSecrets(environment: Environment): string[] | undefined {
  const text = environment.text(secret);
  if (environment.text(secretFile) === undefined) return text?.split(',');
  if (text !== undefined) {
    environment.issue(secretFile, `is set together with ${environment.prefix}${secret}; set only one of them`);
    return undefined;
  }
  const content = environment.file(secretFile);
  return content?.replace(/(\r?\n)+$/, '').split(/\r?\n/);
}

function manyMerchants(environment: Environment, variable: string): GivenMerchants | undefined {
  const text = variable === merchants ? environment.text(variable) : environment.file(variable);
  if (text === undefined) return undefined;
  const apps = parseApps(text);
  if (apps === undefined) {
    environment.issue(variable, 'must be a JSON array of { "mchNo", "appId", "secrets" }, with at least one');
    return undefined;
  }
  return {
    // An instance hides its secrets when it is printed.
    merchants: apps.map((app) => Object.assign(new Merchant(), app)),
    tell: ({ message }) => environment.issue(variable, `is invalid: ${message}`),
  };
}

/** Undefined if invalid; the parser's message would contain a part of the text, which includes secrets. */
function parseApps(text: string): object[] | undefined {
  try {
    const apps: unknown = JSON.parse(text);
    const isList = Array.isArray(apps) && apps.length > 0 && apps.every(isObject);
    return isList ? apps : undefined;
  } catch {
    return undefined;
  }
}
