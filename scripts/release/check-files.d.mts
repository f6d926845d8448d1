export interface PackedManifest {
  name?: string;
  main: string;
  types: string;
  exports: object;
  typesVersions?: object;
  bin?: object;
  schematics?: string;
}

export function fileFaults(
  packed: { manifest: PackedManifest; files: readonly string[] },
  read: (path: string) => string,
): string[];

export function reader(folder: string): (path: string) => string;
