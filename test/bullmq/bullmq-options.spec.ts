import { expect, it } from '@jest/globals';
import { resolveQueueOptions, type BullMqOutcomeQueueOptions } from '../../lib/bullmq/bullmq-options.js';
import { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';

it.each(['nmae', 'toJSON', ...Object.getOwnPropertyNames(Object.prototype)])(
  'an option of the queue named %s is not known',
  (name) => {
    const given = JSON.parse(`{"connection":{},"${name}":"x"}`) as BullMqOutcomeQueueOptions;
    expect(() => resolveQueueOptions(given)).toThrow(Pass2PayConfigError);
    expect(() => resolveQueueOptions(given)).toThrow(`outcomeQueue.${name} is not known here`);
  },
);
