/** Real certificates for made-up hosts: what the rehearsal's authority signs, and what vouches for itself. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn from '@peculiar/asn1-x509';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Who a certificate is of, and who signs it. */
export interface Signing {
  /** Common name; '' for none. */
  readonly subject: string;
  readonly subjectKey: KeyObject;
  readonly issuer: string;
  readonly issuerKeys: KeyPair;
  readonly extensions: readonly asn.Extension[];
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const LONGEST_COMMON_NAME = 64;

export const newKeys = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Private keys as PEM. */
export const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The first host name that fits a common name; the others stand in the alternative names only. */
export const commonNameFor = (names: readonly string[]): string => names.find((name) => name.length <= LONGEST_COMMON_NAME) ?? '';

export const alternativeNames = (names: readonly string[]): asn.SubjectAlternativeName =>
  new asn.SubjectAlternativeName(names.map((name) => new asn.GeneralName({ dNSName: name })));

export const extension = (extnID: string, value: object, critical = false): asn.Extension =>
  new asn.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });

/** A certificate, PEM. */
export function issue({ subject, subjectKey, issuer, issuerKeys, extensions, notBefore, notAfter }: Signing): string {
  const signatureAlgorithm = new asn.AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const body = new asn.TBSCertificate({
    version: asn.Version.v3,
    // A leading 1 keeps the serial number positive and without redundant zeroes.
    serialNumber: new Uint8Array(Buffer.concat([Buffer.of(1), randomBytes(15)])).buffer,
    signature: signatureAlgorithm,
    issuer: nameOf(issuer),
    validity: new asn.Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
    subject: nameOf(subject),
    subjectPublicKeyInfo: AsnConvert.parse(publicDer(subjectKey), asn.SubjectPublicKeyInfo),
    extensions: new asn.Extensions([
      ...extensions,
      extension(asn.id_ce_subjectKeyIdentifier, new asn.SubjectKeyIdentifier(keyIdentifier(subjectKey))),
      extension(
        asn.id_ce_authorityKeyIdentifier,
        new asn.AuthorityKeyIdentifier({ keyIdentifier: new asn.KeyIdentifier(keyIdentifier(issuerKeys.publicKey)) }),
      ),
    ]),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(body)), issuerKeys.privateKey);
  const certificate = new asn.Certificate({ tbsCertificate: body, signatureAlgorithm, signatureValue: new Uint8Array(signature).buffer });
  const lines =
    Buffer.from(AsnConvert.serialize(certificate))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/**
 * A certificate for host names, signed by its own key: good for parsing and for TLS with trust switched off.
 * Both parts are PEM; the times are in ms since the epoch.
 */
export function selfSigned(names: readonly string[], notBefore: number, notAfter: number): { certificate: string; key: string } {
  const keys = newKeys();
  const name = commonNameFor(names);
  const extensions = [extension(asn.id_ce_subjectAltName, alternativeNames(names))];
  const signing = { subject: name, subjectKey: keys.publicKey, issuer: name, issuerKeys: keys, extensions, notBefore, notAfter };
  return { certificate: issue(signing), key: pemOf(keys.privateKey) };
}

function nameOf(commonName: string): asn.Name {
  if (commonName === '') return new asn.Name([]);
  const value = new asn.AttributeValue({ utf8String: commonName });
  return new asn.Name([new asn.RelativeDistinguishedName([new asn.AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

const publicDer = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

const keyIdentifier = (key: KeyObject): ArrayBuffer => new Uint8Array(createHash('sha1').update(publicDer(key)).digest()).buffer;
