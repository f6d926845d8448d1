import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { textsFor } from '../texts/texts-for.js';
import type { Texts } from '../texts/texts.js';
import { html } from './html.js';
import { layout } from './layout.js';

/** Answers a person whose request failed with a page that says so. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(PageErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const status = error instanceof HttpException ? error.getStatus() : 500;
    // The name and the message only: an error of the database carries what was to be written, such as a payer's name.
    if (status >= 500 && error instanceof Error) {
      this.logger.error(`${error.name}: ${error.message}`);
    }
    const response = http.getResponse<Response>();
    if (response.headersSent) {
      response.end();
      return;
    }
    const page = errorPage(status, textsFor(http.getRequest<Request>()));
    response.status(status).set('Cache-Control', 'no-store').type('html').send(page);
  }
}

function errorPage(status: number, texts: Texts): string {
  const { title, text } = texts.errors[kindOf(status)];
  const content = html`
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a class="button" href="/">${texts.toShop}</a></p>
  `;
  return layout(texts, { title, content });
}

function kindOf(status: number): keyof Texts['errors'] {
  if (status === 404) return 'notFound';
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  return status < 500 ? 'badRequest' : 'internal';
}
