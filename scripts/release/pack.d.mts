/** A package that is packed. */
export interface Packed {
  manifest: { name: string; version: string; peerDependencies?: object; peerDependenciesMeta?: object; bin?: object };
  tarball: string;
  files: string[];
}

export function packAll(into: string, repository: string, options?: { isBuilt?: boolean }): Promise<Packed[]>;

export function withAbsoluteLinks(
  text: string,
  repository: string,
  from: { directory?: string; version: string },
): string;
