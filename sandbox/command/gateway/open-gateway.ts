import { Pass2PayClient, type Pass2PayOptions } from 'nestjs-pass2pay/client';

/** Runs work with a client of the gateway, and closes the client. */
export async function withGateway<T>(
  options: Pass2PayOptions,
  work: (gateway: Pass2PayClient) => Promise<T>,
): Promise<T> {
  const client = new Pass2PayClient(options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
