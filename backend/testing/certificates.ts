import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate with its key, both PEM. */
export type Certified = { readonly certificate: string; readonly key: string };

type Signer = { readonly name: string; readonly key: KeyObject };

/** An authority that is good for tests, and signs for whoever asks. */
export function makeAuthority(name: string): {
  readonly certificate: string;
  certify(subject: string): Certified;
  /** For a key of somebody else; PEM, both. */
  certifyKey(subject: string, publicKey: string): string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { name, key: privateKey };
  const certificate = certificateOf(own, { subject: name, publicKey, isAuthority: true });
  return {
    certificate,
    certifyKey: (subject, pem) => certificateOf(own, { subject, publicKey: createPublicKey(pem), isAuthority: false }),
    certify(subject) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        certificate: certificateOf(own, { subject, publicKey: pair.publicKey, isAuthority: false }),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

type Request = { readonly subject: string; readonly publicKey: KeyObject; readonly isAuthority: boolean };

/** X.509 version 3, as RFC 5280 has it, without a name but the common one. */
function certificateOf({ name, key }: Signer, { subject, publicKey, isAuthority }: Request): string {
  const constraints = sequence(
    id('551d13'),
    tlv(0x01, TRUE),
    tlv(0x04, sequence(isAuthority ? tlv(0x01, TRUE) : NONE)),
  );
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.of(2))),
    tlv(0x02, Buffer.of(isAuthority ? 1 : 2)),
    ECDSA_SHA256,
    commonName(name),
    sequence(tlv(0x17, Buffer.from('200101000000Z')), tlv(0x18, Buffer.from('21000101000000Z'))),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(constraints)),
  );
  const signature = tlv(0x03, NO_UNUSED_BITS, sign('sha256', body, key));
  const text = sequence(body, ECDSA_SHA256, signature).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

const NONE = Buffer.alloc(0);
const TRUE = Buffer.of(0xff);
const NO_UNUSED_BITS = Buffer.of(0);

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...long), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function id(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function commonName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(id('550403'), tlv(0x0c, Buffer.from(name)))));
}

const ECDSA_SHA256 = sequence(id('2a8648ce3d040302'));
