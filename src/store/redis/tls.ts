import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';

/** The paths of PEM files. */
export type TlsFiles = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

/**
 * What TLS goes by. The client copies it for every connection that it makes, and reads the files with that: so a
 * certificate that was rotated is picked up by the next connection. The getter must not throw: of an error there the
 * client says nothing, and never connects again. A file that is being rotated, half written or beside a key of another
 * certificate, leaves what was read before. Throws where the files can't be read the first time.
 */
export function createTlsOptions(files: TlsFiles): { readonly secureContext: SecureContext } {
  let context = readContext(files);
  return {
    get secureContext() {
      try {
        context = readContext(files);
      } catch {
        // As it was.
      }
      return context;
    },
  };
}

function readContext({ ca, cert, key }: TlsFiles): SecureContext {
  try {
    return createSecureContext({
      ...(ca !== undefined && { ca: readAuthorities(ca) }),
      ...(cert !== undefined && { cert: readFileSync(cert) }),
      ...(key !== undefined && { key: readFileSync(key) }),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the files of "storeTls" can't be used: ${why}`, { cause });
  }
}

/** Of what is no certificate, or half of one, the runtime says nothing: it would trust the others, or nobody. */
function readAuthorities(path: string): string {
  const text = readFileSync(path, 'utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/g) ?? [];
  if (blocks.length === 0) throw new Error(`${path} holds no certificate`);
  for (const block of blocks) new X509Certificate(block);
  return text;
}
