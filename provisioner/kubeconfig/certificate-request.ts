import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A new key and the request for a certificate of it. The key stays here; the request is public. */
export interface KeyAndRequest {
  /** PKCS #8, PEM. */
  readonly key: string;
  /** PKCS #10, PEM. */
  readonly request: string;
}

/**
 * Makes an ECDSA key (P-256) and a certificate request signed with it (RFC 2986). Kubernetes takes the user from the common
 * name and the group from the organization of a client certificate.
 */
export function keyAndRequest(subject: { readonly user: string; readonly group: string }): KeyAndRequest {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const info = sequence(
    integer(0),
    sequence(attribute(ORGANIZATION, subject.group), attribute(COMMON_NAME, subject.user)),
    publicKey.export({ type: 'spki', format: 'der' }),
    // No attributes: [0], empty.
    Buffer.from([0xa0, 0x00]),
  );
  const request = sequence(info, sequence(ECDSA_WITH_SHA256), bits(signed(info, privateKey)));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), request: pem(request) };
}

/** Object identifiers in DER: id-at-commonName, id-at-organizationName (X.520), ecdsa-with-SHA256 (RFC 5758). */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const ORGANIZATION = Buffer.from('060355040a', 'hex');
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');

function signed(info: Buffer, key: KeyObject): Buffer {
  return sign('sha256', info, { key, dsaEncoding: 'der' });
}

/** One attribute of a name: a set of a sequence of its type and its value, a UTF8String. */
function attribute(type: Buffer, value: string): Buffer {
  return element(0x31, sequence(type, element(0x0c, Buffer.from(value, 'utf8'))));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  return element(0x02, Buffer.from([value]));
}

/** A bit string of whole bytes. */
function bits(content: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([0]), content]));
}

/** Tag, length, content (X.690). */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const bytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}
