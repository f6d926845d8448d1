import { renderSVG } from 'uqr';
import type { SentResponse } from '../../http/http-server.js';

/** Light modules around the code, so that scanners find it. Source: ISO/IEC 18004, quiet zone. */
const QUIET_ZONE_MODULES = 4;

/** The link as a QR code, black on white in any colour scheme. */
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
