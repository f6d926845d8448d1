import { applyDecorators, Header, UseFilters } from '@nestjs/common';
import { PageErrorFilter } from './page-error.filter.js';

/**
 * What all handlers of pages have in common. `restorable`: a browser that goes back shows the page as it was, form and
 * all; otherwise it asks anew, and shows what holds now.
 */
export function Page({ restorable = false } = {}): MethodDecorator {
  return applyDecorators(
    Header('Content-Type', 'text/html; charset=utf-8'),
    Header('Cache-Control', restorable ? 'private, no-cache' : 'no-store'),
    Header('Vary', 'Accept-Language'),
    UseFilters(PageErrorFilter),
  );
}
