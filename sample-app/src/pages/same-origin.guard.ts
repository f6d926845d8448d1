import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/**
 * Lets a form in only from the shop's own pages: no other site can send it with the visitor's password or in the
 * visitor's name. Browsers say with each form where it comes from; what says nothing is no browser.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.method === 'GET' || isFromHere(request)) return true;
    throw new ForbiddenException('The form was sent from another site.');
  }
}

function isFromHere({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  // `none`: the visitor's own doing, such as a repetition of a form that was open when the browser was closed.
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  // Browsers leave Sec-Fetch-Site out where a page came by plain http, but not the Origin.
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
