import { Logger } from '@nestjs/common';
import { freePort } from './free-port.js';
import { createShop } from './shop.js';

// The notifyUrl holds the port, and is checked at the start: so the port is chosen first.
process.env.PORT ||= String(await freePort());

const shop = await createShop();
shop.enableShutdownHooks();
await shop.listen(process.env.PORT, process.env.HOST ?? '127.0.0.1');
new Logger('Shop').log(`Open for business at ${await shop.getUrl()}`);
