import { describe, expect, it } from '@jest/globals';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { CertificateAuthority } from '../../../../rehearsal/hosts/certificate-authority.js';

describe('CertificateAuthority', () => {
  const authority = new CertificateAuthority();
  const root = new X509Certificate(authority.pem);

  it('is an authority of its own, unlike any other', () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(new CertificateAuthority().pem).not.toBe(authority.pem);
  });

  it('issues certificates for names and addresses', () => {
    const { cert, key } = authority.leaf('langsmith-kv.vault.azure.net');
    const leaf = new X509Certificate(cert);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkHost('langsmith-kv.vault.azure.net')).toBe('langsmith-kv.vault.azure.net');
    expect(leaf.checkHost('other.vault.azure.net')).toBeUndefined();
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(new X509Certificate(authority.leaf('127.0.0.1').cert).checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it('makes one certificate per name, and takes names longer than a common name', () => {
    expect(authority.leaf('a.example')).toBe(authority.leaf('a.example'));
    const long = `${'x'.repeat(60)}.hcp.germanywestcentral.azmk8s.io`;
    expect(new X509Certificate(authority.leaf(long).cert).checkHost(long)).toBe(long);
  });

  it('goes on with the keys of the sitting before, and certifies what a public authority would', () => {
    const again = new CertificateAuthority(authority.snapshot());
    expect(again.pem).toBe(authority.pem);
    const day = 86_400_000;
    const now = Date.now();
    const { certificate, key } = again.certify(['langsmith.contoso.example', 'other.contoso.example'], now, now + 90 * day);
    const issued = new X509Certificate(certificate);
    expect(issued.verify(root.publicKey)).toBe(true);
    expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(issued.checkHost('other.contoso.example')).toBe('other.contoso.example');
    expect(Math.round((new Date(issued.validTo).getTime() - now) / day)).toBe(90);
    expect(new Date(root.validTo).getTime()).toBeGreaterThan(new Date(issued.validTo).getTime());
  });
});
