import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { CheckWriter, type Check } from './check.js';
import type { Host } from './host.js';

interface Handshake {
  readonly error?: string;
  readonly protocol?: string;
  readonly certificate?: DetailedPeerCertificate;
}

const FEW_DAYS = 21;
const DAY_MS = 86_400_000;

/** Checks whether the host's certificate is trusted on this machine and matches its name, and how long it is valid. */
export async function checkTls(host: Host, timeoutMs: number, writer: CheckWriter): Promise<Check> {
  const { error, certificate, protocol } = await shakeHands(host, timeoutMs);
  if (certificate?.valid_to === undefined) {
    const remedy = 'Check that the port supports TLS, or correct the scheme of the URL.';
    return writer.fail(`${host.name}:${host.port} failed the TLS handshake (${error ?? 'no certificate'})`, remedy, {
      error,
    });
  }
  const daysLeft = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS);
  const issuer = nameOf(certificate.issuer);
  const details = { protocol, daysLeft, issuer, chain: chainOf(certificate), ...(error !== undefined && { error }) };
  if (error !== undefined) return writer.fail(`The certificate is not valid (${error})`, remedyFor(error), details);
  const message = `${protocol ?? 'TLS'}, certificate issued by ${issuer}, valid for another ${daysLeft} days`;
  if (daysLeft >= FEW_DAYS) return writer.pass(message, details);
  return writer.warn(message, 'Renew it in time.', details);
}

function shakeHands({ name, port }: Host, timeoutMs: number): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connect({
      host: name,
      port,
      timeout: timeoutMs,
      // An invalid certificate is reported and does not end the handshake. No data is sent.
      rejectUnauthorized: false,
      ...(isIP(name) === 0 && { servername: name }),
    });
    const end = (handshake: Handshake) => {
      socket.destroy();
      resolve(handshake);
    };
    socket.once('secureConnect', () => {
      const { authorized, authorizationError } = socket;
      end({
        ...(!authorized && { error: String(authorizationError) }),
        protocol: socket.getProtocol() ?? 'TLS',
        certificate: socket.getPeerCertificate(true),
      });
    });
    socket.once('timeout', () => end({ error: 'ETIMEDOUT' }));
    socket.once('error', (error: NodeJS.ErrnoException) => end({ error: error.code ?? error.message }));
  });
}

function remedyFor(error: string): string {
  if (/EXPIRED/.test(error)) return 'Renew the certificate; check the clock of this machine too.';
  if (/NOT_YET_VALID/.test(error)) return 'Check the clock of this machine: the certificate is not valid yet.';
  if (/ALTNAME/.test(error)) return 'The certificate is for another host: correct the URL or the certificate.';
  if (/UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER/.test(error)) {
    return 'The server must send its whole chain, including intermediate certificates; or add their authority to NODE_EXTRA_CA_CERTS.';
  }
  if (/SELF_SIGNED/.test(error)) {
    return 'It is self-signed: use a certificate of a public authority, or add yours to NODE_EXTRA_CA_CERTS.';
  }
  return 'Use a certificate issued by a public authority for this host.';
}

/** The names from the host's certificate up to the root, as far as they were sent or are known. */
function chainOf(leaf: DetailedPeerCertificate): string[] {
  const names: string[] = [];
  let certificate: DetailedPeerCertificate | undefined = leaf;
  const seen = new Set<string>();
  while (certificate !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    names.push(nameOf(certificate.subject));
    certificate = certificate.issuerCertificate as DetailedPeerCertificate | undefined;
  }
  return names;
}

function nameOf(entity: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined): string {
  return [entity?.CN ?? entity?.O ?? 'an unnamed authority'].flat().join(', ');
}
