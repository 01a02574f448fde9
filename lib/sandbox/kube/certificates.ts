/** A certificate authority and a server certificate of this process alone. */
import { generate } from 'selfsigned';

export interface Certificates {
  authority: string;
  certificate: string;
  privateKey: string;
}

const lifeDays = 30;

/** Makes both anew; nothing is kept, so nothing can leak or expire on disk. */
export async function makeCertificates(): Promise<Certificates> {
  const notAfterDate = new Date(Date.now() + lifeDays * 86_400_000);
  const authority = await generate([{ name: 'commonName', value: 'mirror-console-sandbox-ca' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notAfterDate,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { authority: authority.cert, certificate: server.cert, privateKey: server.private };
}
