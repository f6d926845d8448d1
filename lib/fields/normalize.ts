import { Transform } from 'class-transformer';

/**
 * Brings a property into its normal form before it is checked: null and `""` are as if not given (the gateway drops
 * both from the signature; source: protocol §1), anything else goes through `normal`.
 */
export function Normalized(normal: (value: unknown) => unknown = (value) => value): PropertyDecorator {
  return Transform(
    ({ obj, key }: { obj: Record<string, unknown>; key: string }) =>
      obj[key] === null || obj[key] === '' ? undefined : normal(obj[key]),
    { toClassOnly: true },
  );
}
