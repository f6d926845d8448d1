import type { DynamicModule, INestApplication } from '@nestjs/common';
import { ClsModule, ClsService } from 'nestjs-cls';
import { Logger, LoggerModule } from 'nestjs-pino';

/** nestjs-cls and nestjs-pino as their documents set them up. */
export const modules: DynamicModule[] = [
  ClsModule.forRoot({ global: true, middleware: { mount: true, generateId: true } }),
  LoggerModule.forRoot({ pinoHttp: { level: 'silent' } }),
];

export function use(app: INestApplication): void {
  app.useLogger(app.get(Logger));
  if (app.get(ClsService) === undefined) throw new Error('nestjs-cls is not there');
}
