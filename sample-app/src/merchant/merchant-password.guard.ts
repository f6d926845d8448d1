import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';

const SHORTEST = 12;

/**
 * Asks for SHOP_ADMIN_PASSWORD, by HTTP Basic authentication and whatever the user is called. Where none is set, nobody
 * gets in. A real shop has accounts for its staff here.
 */
@Injectable()
export class MerchantPasswordGuard implements CanActivate {
  private readonly password: Buffer | undefined;

  /** @throws Error where the password is too short. */
  constructor(config: ConfigService) {
    const password = config.get<string>('SHOP_ADMIN_PASSWORD');
    if (password && password.length < SHORTEST) {
      throw new Error(`SHOP_ADMIN_PASSWORD must have ${SHORTEST} characters or more; leave it out to close /merchant.`);
    }
    this.password = password ? digest(password) : undefined;
  }

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const given = passwordOf(http.getRequest<Request>());
    if (given !== undefined && this.password !== undefined && timingSafeEqual(digest(given), this.password))
      return true;
    http.getResponse<Response>().set('WWW-Authenticate', 'Basic realm="Merchant", charset="UTF-8"');
    throw new UnauthorizedException('The password is missing or wrong.');
  }
}

function passwordOf({ headers }: Request): string | undefined {
  const [, credentials] = /^Basic ([\w+/]+=*)$/i.exec(headers.authorization ?? '') ?? [];
  const text = Buffer.from(credentials ?? '', 'base64').toString();
  return text.includes(':') ? text.slice(text.indexOf(':') + 1) : undefined;
}

/** All of one length, so that comparing takes as long whatever was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
