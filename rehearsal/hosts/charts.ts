import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { PackagedChart } from '../charts/index.js';
import type { World } from '../world/world.js';
import type { Host } from './host.js';
import { NotModelled, target, text } from './reply.js';

/** Where each vendor keeps its chart repository. `archives` is where the index says the packages are. */
const REPOSITORIES = [
  { hostname: 'langchain-ai.github.io', base: '/helm/', archives: '/helm/', charts: ['langsmith'] },
  { hostname: 'kubernetes.github.io', base: '/ingress-nginx/', archives: '/ingress-nginx/', charts: ['ingress-nginx'] },
  { hostname: 'charts.jetstack.io', base: '/', archives: '/charts/', charts: ['cert-manager'] },
  { hostname: 'kedacore.github.io', base: '/charts/', archives: '/charts/', charts: ['keda'] },
  {
    hostname: 'istio-release.storage.googleapis.com',
    base: '/charts/',
    archives: '/charts/',
    charts: ['base', 'istiod', 'gateway'],
  },
] as const;

type Repository = (typeof REPOSITORIES)[number];

/** The index must say when a chart was made; Helm sorts by version and shows this only. */
const CREATED = '2026-11-01T00:00:00Z';

/** The vendors' Helm repositories under their real names, serving the stand-in charts. `faults.chartMissing` makes a package a 404. */
export class ChartRepositoryHost implements Host {
  readonly name = 'Chart repositories';

  constructor(
    private readonly world: World,
    private readonly charts: readonly PackagedChart[],
  ) {}

  matches(hostname: string): boolean {
    return REPOSITORIES.some((repository) => repository.hostname === hostname);
  }

  async handle(request: IncomingMessage, response: ServerResponse, hostname: string): Promise<void> {
    const repository = REPOSITORIES.find((candidate) => candidate.hostname === hostname);
    if (!repository || request.method !== 'GET') throw new NotModelled(hostname, request);
    const { pathname } = target(request);
    if (pathname === `${repository.base}index.yaml`) return text(response, 200, this.#index(repository), { 'content-type': 'text/yaml' });

    const chart = this.#published(repository).find((candidate) => pathname === archivePath(repository, candidate));
    if (!chart && !(pathname.startsWith(repository.archives) && pathname.endsWith('.tgz'))) throw new NotModelled(hostname, request);
    // A version that was never published is an answer and not a gap in the model.
    if (!chart || this.world.faults.chartMissing.has(chart.metadata.name)) return text(response, 404, '404: Not Found\n');
    const bytes = await readFile(chart.file);
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': bytes.length });
    response.end(bytes);
  }

  #published(repository: Repository): PackagedChart[] {
    return this.charts.filter((chart) => (repository.charts as readonly string[]).includes(chart.metadata.name));
  }

  #index(repository: Repository): string {
    const entries = this.#published(repository).map((chart): [string, object[]] => [
      chart.metadata.name,
      [
        {
          ...chart.metadata,
          created: CREATED,
          digest: chart.sha256,
          urls: [`https://${repository.hostname}${archivePath(repository, chart)}`],
        },
      ],
    ]);
    return stringify({ apiVersion: 'v1', generated: CREATED, entries: Object.fromEntries(entries) });
  }
}

function archivePath(repository: Repository, chart: PackagedChart): string {
  return `${repository.archives}${path.basename(chart.file)}`;
}
