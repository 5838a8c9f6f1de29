import {
  X509Certificate,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
} from '@peculiar/asn1-x509';
import type { AuthoritySnapshot, PublicAuthority } from '../world/world.js';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const AUTHORITY_NAME = 'langsmith-azure rehearsal authority';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const DAY_MS = 86_400_000;
const LONGEST_COMMON_NAME = 64;

/** Longer than anything it signs. */
const AUTHORITY_DAYS = 400;
const LEAF_DAYS = 30;

/**
 * The only authority the rehearsed machines trust. Its keys are made at start, or are those of the sitting before in a world
 * that is kept; nothing outside the rehearsal ever trusts it, so a rehearsal directory left behind opens no door.
 */
export class CertificateAuthority implements PublicAuthority {
  readonly #keys: KeyPair;
  readonly #leafKeys = newKeys();
  readonly #leaves = new Map<string, KeyedCertificate>();
  /** The authority's own certificate, PEM. */
  readonly pem: string;

  constructor(kept?: AuthoritySnapshot) {
    const goesOn = kept !== undefined && new Date(new X509Certificate(kept.certificate).validTo).getTime() > Date.now() + 100 * DAY_MS;
    if (goesOn) {
      const privateKey = createPrivateKey(kept.key);
      this.#keys = { privateKey, publicKey: createPublicKey(privateKey) };
      this.pem = kept.certificate;
      return;
    }
    this.#keys = newKeys();
    const extensions = [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
    ];
    this.pem = issue(AUTHORITY_NAME, this.#keys.publicKey, this.#keys, extensions, lasting(AUTHORITY_DAYS));
  }

  snapshot(): AuthoritySnapshot {
    return { certificate: this.pem, key: pem(this.#keys.privateKey) };
  }

  certify(names: readonly string[], notBefore: number, notAfter: number): { certificate: string; key: string } {
    const keys = newKeys();
    const [subject = ''] = names.filter((name) => name.length <= LONGEST_COMMON_NAME);
    const alternatives = new SubjectAlternativeName(names.map((name) => new GeneralName({ dNSName: name })));
    const validity = new Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) });
    return { certificate: issue(subject, keys.publicKey, this.#keys, serverExtensions(alternatives), validity), key: pem(keys.privateKey) };
  }

  /** A server certificate for one host name or IPv4 address, made once. */
  leaf(hostname: string): KeyedCertificate {
    const made = this.#leaves.get(hostname) ?? this.#issueLeaf(hostname);
    this.#leaves.set(hostname, made);
    return made;
  }

  #issueLeaf(hostname: string): KeyedCertificate {
    const name = /^[\d.]+$/.test(hostname) ? new GeneralName({ iPAddress: hostname }) : new GeneralName({ dNSName: hostname });
    const extensions = serverExtensions(new SubjectAlternativeName([name]));
    // The host name goes into the alternative name only: a common name holds at most 64 characters.
    const cert = issue('rehearsal host', this.#leafKeys.publicKey, this.#keys, extensions, lasting(LEAF_DAYS));
    return { cert, key: pem(this.#leafKeys.privateKey) };
  }
}

function serverExtensions(names: SubjectAlternativeName): Extension[] {
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, names),
  ];
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** From yesterday, so that a clock a little behind does not matter. */
function lasting(days: number): Validity {
  return new Validity({ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) });
}

function newKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function commonName(value: string): Name {
  const attribute = new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: value }) });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function publicDer(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function keyIdentifier(key: KeyObject): ArrayBuffer {
  return new Uint8Array(createHash('sha1').update(publicDer(key)).digest()).buffer;
}

/** Signs a certificate for `subject` with the issuer's key; PEM. */
function issue(subject: string, subjectKey: KeyObject, issuer: KeyPair, extensions: Extension[], validity: Validity): string {
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const body = new TBSCertificate({
    version: Version.v3,
    // A leading 1 keeps the serial number positive and without redundant zeroes.
    serialNumber: new Uint8Array(Buffer.concat([Buffer.of(1), randomBytes(15)])).buffer,
    signature: signatureAlgorithm,
    issuer: commonName(AUTHORITY_NAME),
    validity,
    subject: commonName(subject),
    subjectPublicKeyInfo: AsnConvert.parse(publicDer(subjectKey), SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(subjectKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier(issuer.publicKey)) }),
      ),
    ]),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(body)), issuer.privateKey);
  const certificate = new Certificate({ tbsCertificate: body, signatureAlgorithm, signatureValue: new Uint8Array(signature).buffer });
  const lines =
    Buffer.from(AsnConvert.serialize(certificate))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
