import { renderSVG } from 'uqr';
import type { SentResponse } from '../../http/http-server.js';

/** Width of the light border around the code, in modules, which scanners need. Source: ISO/IEC 18004, quiet zone. */
const QUIET_ZONE_MODULES = 4;

/** The link as a QR code, black on white in every colour scheme. */
export function codeImageResponse(link: string): SentResponse {
  return {
    status: 200,
    headers: {
      'Content-Type': 'image/svg+xml',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
    body: renderSVG(link, { ecc: 'M', border: QUIET_ZONE_MODULES }),
  };
}
