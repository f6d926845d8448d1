import { Pass2PayConfigError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import { defaultOptions, resolveOptions, type Pass2PayOptions } from '../pass2pay.options.js';
import { Environment } from './environment.js';
import { missingMerchant, readMerchants } from './read-merchants.js';
import { VARIABLES, variableName, type Variable } from './variables.js';

export interface EnvironmentReading {
  /** The prefix of the variables. */
  prefix: string;
  /** Whether the environment must contain a merchant's app. */
  needsMerchant: boolean;
}

/** Valid options, used to check single values. */
const RIGHT: Pass2PayOptions = {
  baseUrl: 'https://api.example',
  merchants: [{ mchNo: 'M1', appId: 'A1', secrets: '0123456789abcdef' }],
};

/**
 * Reads the module's options from environment variables, and validates them with the module's rules.
 *
 * @throws Pass2PayConfigError that lists every invalid variable by name.
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  { prefix, needsMerchant }: EnvironmentReading,
): Pass2PayOptions {
  const environment = new Environment(variables, prefix);
  const options: Record<string, unknown> = {};
  for (const variable of VARIABLES) readVariable(environment, variable, options);
  const given = readMerchants(environment);
  if (given !== undefined) {
    options.merchants = given.merchants;
    for (const issue of issuesOf({ ...RIGHT, merchants: given.merchants })) given.tell(issue);
  } else if (needsMerchant && environment.issues.every(({ field }) => !isAboutMerchants(field, prefix))) {
    missingMerchant(environment);
  }
  checkTogether(environment, options);
  if (environment.issues.length > 0) throw new Pass2PayConfigError(environment.issues);
  return options as unknown as Pass2PayOptions;
}

/** Sets a variable's value in the options, and validates it alone, so that issues can be assigned to it. */
function readVariable(environment: Environment, { option, kind }: Variable, options: Record<string, unknown>): void {
  const name = variableName(option, '');
  const text = environment.text(name);
  if (text === undefined) return;
  const value = valueOf(text, kind);
  if (value === undefined) {
    environment.issue(name, REMEDY[kind]);
    return;
  }
  const [group, member] = option.split('.') as [keyof Pass2PayOptions, string | undefined];
  const alone = member === undefined ? value : { ...(defaultOptions()[group] as object), [member]: value };
  for (const { message } of issuesOf({ ...RIGHT, allowInsecureHttp: true, [group]: alone })) {
    environment.issue(name, told(message, group, member));
  }
  options[group] = member === undefined ? value : { ...(options[group] as object), [member]: value };
}

/** Issues of the combination: a missing variable, or variables that exclude each other. */
function checkTogether(environment: Environment, options: Record<string, unknown>): void {
  const merchants = RIGHT.merchants;
  const groups = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, withDefaults(name as keyof Pass2PayOptions, value)]),
  );
  for (const { field, message } of issuesOf({ ...groups, merchants } as unknown as Pass2PayOptions)) {
    const variables = VARIABLES.filter(({ option }) => option === field || option.split('.', 1)[0] === field);
    const names = variables.map(({ option }) => variableName(option, ''));
    if (names.some((name) => environment.isWrong(name))) continue;
    environment.issue(names[0]!, withVariables(message.slice(field.length + 1), environment.prefix));
  }
  // The module accepts a group with missing members only if all have defaults.
  Object.assign(options, groups);
}

function withDefaults(name: keyof Pass2PayOptions, value: unknown): unknown {
  const isGroup = VARIABLES.some(({ option }) => option.startsWith(`${name}.`));
  return isGroup ? { ...(defaultOptions()[name] as object), ...(value as object) } : value;
}

const REMEDY: Readonly<Record<Variable['kind'], string>> = {
  text: 'must be a text',
  texts: 'must be a comma-separated list',
  number: 'must be a whole number',
  flag: 'must be true or false',
  'texts by endpoint': 'must be a list like cashierOrder=1.1,query=1.0',
  'numbers by endpoint': 'must be a list like cashierOrder=60,query=120',
};

/** Undefined if the text cannot be read as the expected type. */
function valueOf(text: string, kind: Variable['kind']): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'texts':
      return text.split(',').map((one) => one.trim());
    case 'number':
      return readWholeNumber(text);
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'texts by endpoint':
      return byEndpoint(text, (value) => value);
    case 'numbers by endpoint':
      return byEndpoint(text, readWholeNumber);
    default:
      throw new Error(`no such kind: ${String(kind satisfies never)}`);
  }
}

/** NaN if the text is not a number; the option's rule then reports the valid numbers. */
function readWholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function byEndpoint<T>(text: string, read: (value: string) => T): Record<string, T> | undefined {
  const pairs = new Map<string, T>();
  for (const pair of text.split(',')) {
    const [, endpoint, value] = /^\s*(\w+)\s*=\s*([\w.]+)\s*$/.exec(pair) ?? [];
    if (endpoint === undefined || value === undefined || pairs.has(endpoint)) return undefined;
    pairs.set(endpoint, read(value));
  }
  return Object.fromEntries(pairs);
}

function issuesOf(options: Pass2PayOptions): readonly ValidationIssue[] {
  try {
    resolveOptions(options);
    return [];
  } catch (error) {
    if (error instanceof Pass2PayConfigError) return error.issues;
    throw error;
  }
}

/** A rule's message without the option's name, to follow the variable's name. */
function told(message: string, group: string, member: string | undefined): string {
  const what = message.slice(group.length + 1);
  if (member === undefined) return what;
  // A rule of the member starts its message with the member's path.
  if (message.startsWith(`${group}.${member} `)) return what.slice(member.length + 1);
  const ofMember = `has a member ${member} that `;
  return what.startsWith(ofMember) ? what.slice(ofMember.length) : `is invalid: ${message}`;
}

/** Replaces option names in a rule's message with variable names. */
function withVariables(message: string, prefix: string): string {
  const names = VARIABLES.filter(({ option }) => /^[a-z]+[A-Z]\w+$/.test(option));
  return names.reduce(
    (text, { option }) => text.replaceAll(new RegExp(`\\b${option}\\b`, 'g'), variableName(option, prefix)),
    message,
  );
}

function isAboutMerchants(field: string, prefix: string): boolean {
  return !VARIABLES.some(({ option }) => variableName(option, prefix) === field);
}
