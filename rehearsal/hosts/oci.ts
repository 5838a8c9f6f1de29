import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PackagedChart } from '../charts/index.js';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { NotModelled, json, target } from './reply.js';

/**
 * Where charts lie as OCI artifacts: a company's mirror of all of them at `oci://registry.contoso.example/charts/<name>`, and
 * Envoy Gateway's own at `oci://docker.io/envoyproxy/gateway-helm`, which clients ask for at Docker's registry host.
 */
const REGISTRIES: readonly { hostname: string; namespace: string; charts?: readonly string[] }[] = [
  { hostname: 'registry.contoso.example', namespace: 'charts' },
  { hostname: 'registry-1.docker.io', namespace: 'envoyproxy', charts: ['gateway-helm'] },
  { hostname: 'docker.io', namespace: 'envoyproxy', charts: ['gateway-helm'] },
];
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.cncf.helm.config.v1+json';
const LAYER_TYPE = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

interface Content {
  readonly type: string;
  readonly bytes: Buffer;
  /** `sha256:<hex>`. */
  readonly digest: string;
}

interface StoredChart {
  readonly tag: string;
  readonly manifest: Content;
  readonly blobs: readonly Content[];
}

/**
 * Registries with charts, read-only and without login: the part of the OCI distribution protocol that
 * `helm pull` and `helm upgrade oci://...` use. `faults.chartMissing` makes a repository unknown.
 */
export class ChartRegistryHost implements Host {
  readonly name = `Chart registries (${REGISTRIES.map((registry) => registry.hostname).join(', ')})`;
  readonly #charts: Promise<Map<string, StoredChart>>;

  constructor(
    private readonly world: World,
    charts: readonly PackagedChart[],
  ) {
    this.#charts = Promise.all(charts.map(async (chart) => [chart.metadata.name, await store(chart)] as const)).then((all) => new Map(all));
  }

  matches(hostname: string): boolean {
    return REGISTRIES.some((registry) => registry.hostname === hostname);
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    const { pathname } = target(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'UNSUPPORTED', 'the registry is read-only');
    if (pathname === '/v2/') return json(response, 200, {});
    const asked = /^\/v2\/([^/]+)\/([^/]+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(pathname);
    if (!asked) throw new NotModelled(hostname, request);
    const [, namespace, name = '', kind, reference = ''] = asked;
    const registry = REGISTRIES.find((candidate) => candidate.hostname === hostname);
    const published = registry?.namespace === namespace && (registry?.charts?.includes(name) ?? true);
    const chart = published && !this.world.faults.chartMissing.has(name) ? (await this.#charts).get(name) : undefined;
    if (!chart) return refuse(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
    if (kind === 'tags') return json(response, 200, { name: `${namespace}/${name}`, tags: [chart.tag] });

    if (kind === 'blobs') {
      const blob = chart.blobs.find((candidate) => candidate.digest === reference);
      return blob ? send(request, response, blob) : refuse(response, 404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    }
    if (reference === chart.tag || reference === chart.manifest.digest) return send(request, response, chart.manifest);
    return refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  }
}

async function store(chart: PackagedChart): Promise<StoredChart> {
  const config = content(CONFIG_TYPE, Buffer.from(JSON.stringify(chart.metadata)));
  const layer = content(LAYER_TYPE, await readFile(chart.file));
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: descriptor(config), layers: [descriptor(layer)] };
  return {
    // A tag may not hold a plus sign; Helm writes and reads an underscore there.
    tag: chart.metadata.version.replaceAll('+', '_'),
    manifest: content(MANIFEST_TYPE, Buffer.from(JSON.stringify(manifest))),
    blobs: [config, layer],
  };
}

function content(type: string, bytes: Buffer): Content {
  return { type, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

function descriptor({ type, bytes, digest }: Content): object {
  return { mediaType: type, digest, size: bytes.length };
}

function send(request: IncomingMessage, response: ServerResponse, { type, bytes, digest }: Content): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'docker-content-digest': digest });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  json(response, status, { errors: [{ code, message }] });
}
