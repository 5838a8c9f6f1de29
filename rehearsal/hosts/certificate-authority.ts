import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import * as asn from '@peculiar/asn1-x509';
import type { AuthoritySnapshot, PublicAuthority } from '../world/world.js';
import { alternativeNames, commonNameFor, extension, issue, type KeyPair, newKeys, pemOf, type Signing } from '../x509.js';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

const AUTHORITY_NAME = 'langsmith-azure rehearsal authority';
const DAY_MS = 86_400_000;

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
      extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: true }), true),
      extension(asn.id_ce_keyUsage, new asn.KeyUsage(asn.KeyUsageFlags.keyCertSign | asn.KeyUsageFlags.cRLSign), true),
    ];
    this.pem = this.#sign({ subject: AUTHORITY_NAME, subjectKey: this.#keys.publicKey, extensions, ...lasting(AUTHORITY_DAYS) });
  }

  snapshot(): AuthoritySnapshot {
    return { certificate: this.pem, key: pemOf(this.#keys.privateKey) };
  }

  certify(names: readonly string[], notBefore: number, notAfter: number): { certificate: string; key: string } {
    const keys = newKeys();
    const extensions = serverExtensions(alternativeNames(names));
    const subject = commonNameFor(names);
    const certificate = this.#sign({ subject, subjectKey: keys.publicKey, extensions, notBefore, notAfter });
    return { certificate, key: pemOf(keys.privateKey) };
  }

  #sign(signing: Omit<Signing, 'issuer' | 'issuerKeys'>): string {
    return issue({ ...signing, issuer: AUTHORITY_NAME, issuerKeys: this.#keys });
  }

  /** A server certificate for one host name or IPv4 address, made once. */
  leaf(hostname: string): KeyedCertificate {
    const made = this.#leaves.get(hostname) ?? this.#issueLeaf(hostname);
    this.#leaves.set(hostname, made);
    return made;
  }

  #issueLeaf(hostname: string): KeyedCertificate {
    const name = /^[\d.]+$/.test(hostname) ? new asn.GeneralName({ iPAddress: hostname }) : new asn.GeneralName({ dNSName: hostname });
    const extensions = serverExtensions(new asn.SubjectAlternativeName([name]));
    // The host name goes into the alternative name only: a common name holds at most 64 characters.
    const cert = this.#sign({ subject: 'rehearsal host', subjectKey: this.#leafKeys.publicKey, extensions, ...lasting(LEAF_DAYS) });
    return { cert, key: pemOf(this.#leafKeys.privateKey) };
  }
}

function serverExtensions(names: asn.SubjectAlternativeName): asn.Extension[] {
  return [
    extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: false }), true),
    extension(asn.id_ce_keyUsage, new asn.KeyUsage(asn.KeyUsageFlags.digitalSignature), true),
    extension(asn.id_ce_extKeyUsage, new asn.ExtendedKeyUsage([asn.id_kp_serverAuth])),
    extension(asn.id_ce_subjectAltName, names),
  ];
}

/** From yesterday, so that a clock a little behind does not matter. */
const lasting = (days: number): Pick<Signing, 'notBefore' | 'notAfter'> => ({
  notBefore: Date.now() - DAY_MS,
  notAfter: Date.now() + days * DAY_MS,
});
