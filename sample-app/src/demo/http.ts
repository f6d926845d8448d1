export interface Response {
  status: number;
  body: string;
}

export function get(url: string): Promise<Response> {
  return send(url, {});
}

export function post(url: string): Promise<Response> {
  return send(url, { method: 'POST' });
}

export function postJson(url: string, body: unknown): Promise<Response> {
  return send(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

export function postForm(url: string, fields: Readonly<Record<string, string>> | string): Promise<Response> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return send(url, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

export function json({ body }: Response): unknown {
  return JSON.parse(body);
}

async function send(url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  return { status: response.status, body: await response.text() };
}
