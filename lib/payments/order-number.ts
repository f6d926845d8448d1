import { orderNumber } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { required, Rule } from '../validation/rule.js';

const rule = Rule(required('your own number of the order, e.g. 20160427210604000490', orderNumber));

/** Makes a property the merchant's own number of an order. */
export function OrderNumber(): PropertyDecorator {
  return (prototype, property) => {
    rule(prototype, property);
    Normalize()(prototype, property);
  };
}
