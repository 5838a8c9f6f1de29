import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { World } from '../world/world.js';
import { ArmHost } from './arm.js';
import type { BlobFiles } from './azurite.js';
import { BlobHost } from './blob.js';
import { CertificateAuthority } from './certificate-authority.js';
import { ClusterHost } from './cluster.js';
import { EntraHost } from './entra.js';
import { FrontDoorHost } from './front-door.js';
import { GitHubApiHost } from './github.js';
import { GitHubCacheHost } from './github-cache.js';
import { GitHubOidcHost } from './github-oidc.js';
import type { Host } from './host.js';
import { KeyVaultHost } from './key-vault.js';
import { OidcIssuer } from './oidc-issuer.js';
import { startProxy } from './proxy.js';

export type { BlobFiles } from './azurite.js';
export { RESULTS_URL } from './github-cache.js';
export { idTokenRequestUrl } from './github-oidc.js';
export type { Host } from './host.js';

export interface RunningHosts {
  /** What the runner adds to the environment of every job. */
  readonly env: Record<string, string>;
  /** PEM bundle with the rehearsal's authority and nothing else. */
  readonly caFile: string;
  /** Signs the ID tokens of jobs; its `lifeSeconds` may be shortened. */
  readonly issuer: OidcIssuer;
  readonly blobs: Pick<BlobHost, 'contents' | 'close'>;
  stop(): Promise<void>;
}

/**
 * Plays the outside world for one rehearsal: GitHub, Entra, ARM, Key Vault, Blob, the clusters and what they serve, under
 * their real names behind one proxy. `directory` is private to the rehearsal; only the authority's certificate and the blob service's own files go there.
 * Extra hosts are asked before the built-in ones. `keptBlobs`, which may be empty, makes the blobs something that can be kept.
 */
export async function startHosts(
  world: World,
  options: { directory: string; extraHosts?: readonly Host[]; keptBlobs?: BlobFiles },
): Promise<RunningHosts> {
  const directory = path.join(options.directory, 'hosts');
  const noAuthorities = path.join(directory, 'no-other-authorities');
  await mkdir(noAuthorities, { recursive: true, mode: 0o700 });
  const authority = new CertificateAuthority(world.keptAuthority);
  world.authority = authority;
  const caFile = path.join(directory, 'ca.pem');
  await writeFile(caFile, authority.pem);

  const issuer = await OidcIssuer.create(world);
  const blob = new BlobHost(world, authority, directory, options.keptBlobs);
  blob.warm();
  const proxy = await startProxy(world, authority, [
    ...(options.extraHosts ?? []),
    new EntraHost(world, issuer),
    new ArmHost(world, authority.pem),
    new KeyVaultHost(world),
    new GitHubApiHost(world),
    new GitHubOidcHost(world, issuer),
    new GitHubCacheHost(world),
    blob,
    new ClusterHost(world),
    new FrontDoorHost(world),
  ]);
  return {
    env: {
      HTTPS_PROXY: proxy.url,
      https_proxy: proxy.url,
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
      NODE_EXTRA_CA_CERTS: caFile,
      SSL_CERT_FILE: caFile,
      SSL_CERT_DIR: noAuthorities,
    },
    caFile,
    issuer,
    blobs: blob,
    stop: async () => {
      await proxy.stop();
      await blob.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
