import type { ValidationIssue } from 'nestjs-pass2pay';
import type { Payer } from '../orders/orders.service.js';

/** What the customer fills in: the fields are called as the gateway's parameters. */
export const FIELDS = ['userName', 'mbrTel', 'idNo'] as const;
export type Field = (typeof FIELDS)[number];

export type FieldFault = 'nameMissing' | 'nameWrong' | 'mobileMissing' | 'mobileWrong' | 'idNoWrong';
export type FormFaults = Partial<Record<Field, FieldFault>>;

/** The values as the customer typed them, to show them again. */
export type FormValues = Readonly<Record<Field, string>>;

export const EMPTY_FORM: FormValues = { userName: '', mbrTel: '', idNo: '' };

/** A form that was sent may hold anything: what is no text counts as empty. */
export function readForm(body: unknown): FormValues {
  const sent = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const values = FIELDS.map((field) => [field, typeof sent[field] === 'string' ? sent[field].trim() : '']);
  return Object.fromEntries(values) as FormValues;
}

/** The payer in the gateway's terms: numbers without what people put between digits. */
export function payerOf({ userName, mbrTel, idNo }: FormValues): Payer {
  const mobile = mbrTel.replace(/[\s()-]/g, '').replace(/^(?:\+|00)86/, '');
  const id = idNo.replace(/\s/g, '').toUpperCase();
  return { userName, mbrTel: mobile, ...(id && { idNo: id }) };
}

/** What the shop itself asks of a payer, which is more than the gateway does. */
export function shopFaults({ userName, mbrTel }: Payer): FormFaults {
  return {
    ...(!userName && { userName: 'nameMissing' }),
    ...(!/^1[3-9]\d{9}$/.test(mbrTel ?? '') && { mbrTel: mbrTel ? 'mobileWrong' : 'mobileMissing' }),
  };
}

/**
 * The module's faults at the fields that they are about. Its messages are for developers: a customer gets the shop's own.
 * Faults of what no customer fills in are left out; they are the shop's, and end up in its log when the order is opened.
 */
export function moduleFaults(issues: readonly ValidationIssue[]): FormFaults {
  const words: Readonly<Record<Field, FieldFault>> = {
    userName: 'nameWrong',
    mbrTel: 'mobileWrong',
    idNo: 'idNoWrong',
  };
  const wrong = FIELDS.filter((field) => issues.some((issue) => issue.field === field));
  return Object.fromEntries(wrong.map((field) => [field, words[field]]));
}
