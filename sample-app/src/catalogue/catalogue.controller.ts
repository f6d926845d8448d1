import { Controller, Get } from '@nestjs/common';
import { Page } from '../pages/page.decorator.js';
import { InTheirLanguage } from '../texts/in-their-language.decorator.js';
import type { Texts } from '../texts/texts.js';
import { cataloguePage } from './catalogue.page.js';

/** What the shop sells. */
@Controller()
export class CatalogueController {
  @Get()
  @Page()
  show(@InTheirLanguage() texts: Texts): string {
    return cataloguePage(texts);
  }
}
