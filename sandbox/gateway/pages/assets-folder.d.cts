/** The folder of the files that pages load. */
export const ASSETS: string;

/** Where a file of a package is, such as `idiomorph/dist/idiomorph.esm.js`. */
export function fileOfPackage(path: string): string;
