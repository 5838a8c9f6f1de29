import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checksumFor, recipe } from '../../../src/tools/install.js';

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,30}$/);

describe('recipe', () => {
  it.each([
    [
      'terraform',
      { os: 'linux', arch: 'amd64' },
      'https://releases.hashicorp.com/terraform/1.2.3/terraform_1.2.3_linux_amd64.zip',
      'https://releases.hashicorp.com/terraform/1.2.3/terraform_1.2.3_SHA256SUMS',
      'terraform',
    ],
    [
      'helm',
      { os: 'darwin', arch: 'arm64' },
      'https://get.helm.sh/helm-v1.2.3-darwin-arm64.tar.gz',
      'https://get.helm.sh/helm-v1.2.3-darwin-arm64.tar.gz.sha256sum',
      'darwin-arm64/helm',
    ],
    [
      'helm',
      { os: 'windows', arch: 'amd64' },
      'https://get.helm.sh/helm-v1.2.3-windows-amd64.zip',
      'https://get.helm.sh/helm-v1.2.3-windows-amd64.zip.sha256sum',
      'windows-amd64/helm.exe',
    ],
    [
      'kubectl',
      { os: 'linux', arch: 'arm64' },
      'https://dl.k8s.io/release/v1.2.3/bin/linux/arm64/kubectl',
      'https://dl.k8s.io/release/v1.2.3/bin/linux/arm64/kubectl.sha256',
      undefined,
    ],
    [
      'kubectl',
      { os: 'windows', arch: 'amd64' },
      'https://dl.k8s.io/release/v1.2.3/bin/windows/amd64/kubectl.exe',
      'https://dl.k8s.io/release/v1.2.3/bin/windows/amd64/kubectl.exe.sha256',
      undefined,
    ],
  ] as const)('%s on %j', (tool, platform, url, checksumUrl, member) => {
    expect(recipe(tool, '1.2.3', platform)).toEqual({ url, checksumUrl, ...(member === undefined ? {} : { member }) });
  });
});

describe('checksumFor', () => {
  it('finds the one line of a file among any others', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, digest }), { selector: (line) => line.name, minLength: 2, maxLength: 8 }),
        fc.constantFrom('  ', ' *'),
        fc.nat(),
        (lines, gap, pick) => {
          const wanted = lines[pick % lines.length];
          const text = lines.map((line) => `${line.digest}${gap}${line.name}\n`).join('');
          expect(checksumFor(wanted?.name ?? '', text)).toBe(wanted?.digest);
          expect(checksumFor('absent/file', text)).toBeUndefined();
        },
      ),
    );
  });

  it('takes a bare digest, in any case and with a line end', () => {
    fc.assert(
      fc.property(digest, name, (value, file) => {
        expect(checksumFor(file, value)).toBe(value);
        expect(checksumFor(file, `${value.toUpperCase()}\r\n`)).toBe(value);
      }),
    );
  });

  it.each(['', '\n', 'not a digest', 'a'.repeat(63), 'a'.repeat(65), `${'g'.repeat(64)}  file`, '<html>404</html>'])(
    'finds nothing in %j',
    (text) => {
      expect(checksumFor('file', text)).toBeUndefined();
    },
  );

  it('takes the only line whatever it calls the file: the digest itself is what decides', () => {
    expect(checksumFor('helm.tar.gz', `${'a'.repeat(64)}  _dist/helm.tar.gz\n`)).toBe('a'.repeat(64));
  });
});
