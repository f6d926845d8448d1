import { orderNumber } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { required, Rule } from '../validation/rule.js';

const rule = Rule(required('your order number, e.g. 20160427210604000490', orderNumber));

/** Declares a property as the merchant's order number. */
export function OrderNumber(): PropertyDecorator {
  return (prototype, property) => {
    rule(prototype, property);
    Normalize()(prototype, property);
  };
}
