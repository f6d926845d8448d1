/** Parameters that say who a payer or receiver is. */
const PERSONAL = ['userName', 'mbrTel', 'idNo', 'accountNo', 'accountName'] as const;

/** The text without what the request said of a person: the gateway's words may repeat it. */
export function maskPersonal(text: string, request: Readonly<Record<string, unknown>>): string {
  return PERSONAL.reduce((masked, name) => {
    const value = request[name];
    return typeof value === 'string' && value !== '' ? masked.replaceAll(value, '***') : masked;
  }, text);
}
