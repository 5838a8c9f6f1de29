import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { zipSync } from 'fflate';
import { create } from 'tar';
import type { Tools } from '../tools/fetch.js';
import type { Host } from './host.js';
import { NotModelled, target, text } from './reply.js';

/** One program as its vendor publishes it. */
interface Release {
  readonly hostname: string;
  readonly path: string;
  readonly checksumPath: string;
  /** `digest  name` lines, or the digest alone. */
  readonly checksumText: (digest: string, name: string) => string;
  readonly pack: () => Promise<Buffer>;
}

interface Packed {
  readonly bytes: Buffer;
  readonly digest: string;
}

const PLATFORM = `linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
const lines = (digest: string, name: string): string => `${digest}  ${name}\n`;

/**
 * Where Terraform, Helm and kubectl are downloaded from, serving the very programs of this rehearsal in the versions they have.
 * Every other version was never published.
 */
export class ReleasesHost implements Host {
  readonly name = 'Release downloads';
  /** `tampered`: the archives are not those the checksums were made of. `unreachable`: these hosts have no name. */
  state: 'good' | 'tampered' | 'unreachable' = 'good';
  readonly #releases: readonly Release[];
  readonly #packed = new Map<Release, Promise<Packed>>();

  constructor(tools: Tools) {
    this.#releases = releasesOf(tools);
  }

  matches(hostname: string): boolean {
    return this.state !== 'unreachable' && this.#releases.some((release) => release.hostname === hostname);
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    if (request.method !== 'GET') throw new NotModelled(hostname, request);
    const { pathname } = target(request);
    const release = this.#releases.find((candidate) => [candidate.path, candidate.checksumPath].includes(pathname));
    if (release === undefined) return text(response, 404, 'Not Found\n');
    const { bytes, digest } = await this.#pack(release);
    if (pathname === release.checksumPath) return text(response, 200, release.checksumText(digest, path.posix.basename(release.path)));
    const sent = this.state === 'tampered' ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': sent.length });
    response.end(sent);
  }

  #pack(release: Release): Promise<Packed> {
    const packed =
      this.#packed.get(release) ?? release.pack().then((bytes) => ({ bytes, digest: createHash('sha256').update(bytes).digest('hex') }));
    this.#packed.set(release, packed);
    return packed;
  }
}

function releasesOf({ terraform, helm, kubectl, versions }: Tools): Release[] {
  const [os = '', arch = ''] = PLATFORM.split('-');
  const helmArchive = `/helm-v${versions['helm'] ?? ''}-${PLATFORM}.tar.gz`;
  const kubectlPath = `/release/v${versions['kubectl'] ?? ''}/bin/${os}/${arch}/kubectl`;
  const terraformBase = `/terraform/${versions['terraform'] ?? ''}/terraform_${versions['terraform'] ?? ''}`;
  return [
    {
      hostname: 'get.helm.sh',
      path: helmArchive,
      checksumPath: `${helmArchive}.sha256sum`,
      checksumText: lines,
      pack: () => buffer(create({ cwd: path.dirname(helm), prefix: PLATFORM, follow: true, gzip: { level: 1 } }, [path.basename(helm)])),
    },
    {
      hostname: 'dl.k8s.io',
      path: kubectlPath,
      checksumPath: `${kubectlPath}.sha256`,
      checksumText: (digest) => digest,
      pack: () => readFile(kubectl),
    },
    ...(terraform === undefined
      ? []
      : [
          {
            hostname: 'releases.hashicorp.com',
            path: `${terraformBase}_${os}_${arch}.zip`,
            checksumPath: `${terraformBase}_SHA256SUMS`,
            checksumText: lines,
            pack: async () => Buffer.from(zipSync({ terraform: await readFile(terraform) }, { level: 0 })),
          },
        ]),
  ];
}
