/** Served from the package idiomorph: see assets-site.ts. */
export { Idiomorph } from 'idiomorph';
