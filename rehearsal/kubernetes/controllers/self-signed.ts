import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn from '@peculiar/asn1-x509';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';

/** A common name holds at most 64 characters; longer host names stand in the alternative names only. */
const LONGEST_COMMON_NAME = 64;

/**
 * A real certificate for host names, signed by its own key: good for parsing and for TLS with trust switched off.
 * Both parts are PEM; the times are in ms since the epoch.
 */
export function selfSigned(names: readonly string[], notBefore: number, notAfter: number): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [first] = names.filter((candidate) => candidate.length <= LONGEST_COMMON_NAME);
  const attributes =
    first === undefined
      ? []
      : [
          new asn.RelativeDistinguishedName([
            new asn.AttributeTypeAndValue({ type: COMMON_NAME, value: new asn.AttributeValue({ utf8String: first }) }),
          ]),
        ];
  const subject = new asn.Name(attributes);
  const alternatives = new asn.SubjectAlternativeName(names.map((name) => new asn.GeneralName({ dNSName: name })));
  const signatureAlgorithm = new asn.AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const body = new asn.TBSCertificate({
    version: asn.Version.v3,
    // A leading 1 keeps the serial number positive and without redundant zeroes.
    serialNumber: new Uint8Array(Buffer.concat([Buffer.of(1), randomBytes(15)])).buffer,
    signature: signatureAlgorithm,
    issuer: subject,
    validity: new asn.Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), asn.SubjectPublicKeyInfo),
    extensions: new asn.Extensions([
      new asn.Extension({ extnID: asn.id_ce_subjectAltName, extnValue: new OctetString(AsnConvert.serialize(alternatives)) }),
    ]),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(body)), privateKey);
  const certificate = new asn.Certificate({ tbsCertificate: body, signatureAlgorithm, signatureValue: new Uint8Array(signature).buffer });
  const base64 = Buffer.from(AsnConvert.serialize(certificate)).toString('base64');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
