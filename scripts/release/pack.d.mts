export function withAbsoluteLinks(
  text: string,
  repository: string,
  from: { directory?: string; version: string },
): string;
