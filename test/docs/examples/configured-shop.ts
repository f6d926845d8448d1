import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';

/** An application that reads its options from the environment. */
@Module({
  imports: [ConfigModule.forRoot(), Pass2PayModule.forRootAsync(pass2payConfig.asProvider())],
})
export class AppModule {}
