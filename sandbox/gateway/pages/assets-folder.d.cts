/** The folder of the files that pages load. */
export const ASSETS: string;

/** The path of a file from a package, such as `idiomorph/dist/idiomorph.esm.js`. */
export function fileOfPackage(path: string): string;
