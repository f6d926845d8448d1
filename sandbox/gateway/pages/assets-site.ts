import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { SandboxRequest, SentResponse, Site } from '../http/http-server.js';
import { ASSETS, fileOfPackage } from './assets-folder.cjs';

/** A file that pages load: a style sheet, a browser module, an SVG image. */
interface Asset {
  readonly type: string;
  readonly body: string;
  /** A hash of the content. */
  readonly version: string;
}

const PREFIX = '/sandbox-assets/';

/** Files from packages, by the names that pages use. */
const FROM_PACKAGES: Readonly<Record<string, string>> = { 'vendor/idiomorph.js': 'idiomorph/dist/idiomorph.esm.js' };

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css;charset=UTF-8',
  '.js': 'text/javascript;charset=UTF-8',
  '.svg': 'image/svg+xml',
};

let loaded: ReadonlyMap<string, Asset> | undefined;

/**
 * The URL of an asset. It changes with the content, so that browsers can cache it permanently.
 *
 * @param name path in the folder `assets`, such as `base.css`
 * @throws Error if there is no such file
 */
export function assetUrl(name: string): string {
  const asset = assets().get(name);
  if (!asset) throw new Error(`The sandbox's pages have no asset ${name}: add it to the folder assets beside them`);
  return `${PREFIX}${name}?v=${asset.version}`;
}

/**
 * Serves the files of the folder `assets` from memory. Requested with the URL of `assetUrl`, they are cached
 * permanently; requested by name, as by the imports of modules, they are revalidated by ETag.
 */
export class AssetsSite implements Site {
  readonly access = 'cashier';

  serves(path: string): boolean {
    return path.startsWith(PREFIX);
  }

  respond(request: SandboxRequest): SentResponse {
    const asset = assets().get(request.path.slice(PREFIX.length));
    if (!asset) return plainResponse(404, 'Not found');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plainResponse(405, 'Use GET', { Allow: 'GET, HEAD' });
    const etag = `"${asset.version}"`;
    const headers = {
      'Content-Type': asset.type,
      'X-Content-Type-Options': 'nosniff',
      ETag: etag,
      'Cache-Control':
        request.query.get('v') === asset.version ? 'public, max-age=31536000, immutable' : 'public, no-cache',
    };
    const known = request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
    return known ? { status: 304, headers, body: '' } : { status: 200, headers, body: asset.body };
  }
}

/** Read once: the files are part of the package and do not change while it runs. */
function assets(): ReadonlyMap<string, Asset> {
  loaded ??= new Map([
    ...readdirSync(ASSETS, { recursive: true, encoding: 'utf8' }).flatMap((path) =>
      readAsset(path.replaceAll('\\', '/'), join(ASSETS, path)),
    ),
    ...Object.entries(FROM_PACKAGES).flatMap(([name, file]) => readAsset(name, fileOfPackage(file))),
  ]);
  return loaded;
}

/** Empty for a folder, or a file of another type. */
function readAsset(name: string, file: string): [string, Asset][] {
  const type = TYPES[extname(file)];
  if (type === undefined) return [];
  const body = readFileSync(file, 'utf8');
  return [[name, { type, body, version: createHash('sha256').update(body).digest('base64url').slice(0, 16) }]];
}

function plainResponse(status: number, text: string, headers: Record<string, string> = {}): SentResponse {
  return { status, headers: { 'Content-Type': 'text/plain;charset=UTF-8', ...headers }, body: text };
}
