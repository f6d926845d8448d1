export interface Answer {
  status: number;
  body: string;
}

export function get(url: string): Promise<Answer> {
  return send(url, {});
}

export function post(url: string): Promise<Answer> {
  return send(url, { method: 'POST' });
}

export function postJson(url: string, body: unknown): Promise<Answer> {
  return send(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

export function postForm(url: string, fields: Readonly<Record<string, string>> | string): Promise<Answer> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return send(url, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

export function json({ body }: Answer): unknown {
  return JSON.parse(body);
}

async function send(url: string, request: RequestInit): Promise<Answer> {
  const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  return { status: response.status, body: await response.text() };
}
