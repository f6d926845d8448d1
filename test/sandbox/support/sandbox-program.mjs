import { Pass2PaySandbox } from 'pass2pay-sandbox';

// A sandbox in a process of its own: options as JSON in, the URL or what went wrong out.
try {
  const sandbox = await Pass2PaySandbox.start(JSON.parse(process.argv[2] ?? '{}'));
  process.send({ url: sandbox.url });
  process.on('message', () => {
    void sandbox.stop().then(() => process.disconnect());
  });
} catch (error) {
  process.send({ error: String(error) });
  process.disconnect();
}
