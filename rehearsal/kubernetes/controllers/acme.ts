import { EntraError } from '../../world/directory.js';
import type { KubeObject } from '../api.js';
import { gatewayApiEnabled, type IssuerSpec, type Solver } from './cert-manager.js';
import { addressOf, hostMatches } from './routing/entrance.js';
import { entranceAt } from './routing/entrances.js';
import { admitsNamespace, GATEWAY, selectsListener, type GatewaySpec, type ParentRef } from './routing/gateway-api.js';
import { answersChallenge } from './routing/serve.js';
import type { Runtime } from './runtime.js';
import { podSpec, specOf, type PodTemplate } from './types.js';

const IDENTITY_LABEL = 'azure.workload.identity/use';

/**
 * Why the CA would not believe that `host` is ours, in cert-manager's words; undefined when the challenge passes.
 * `namespace` is that of the certificate: routes of an HTTP-01 challenge are made there.
 */
export function challengeProblem(
  runtime: Runtime,
  certManagerNamespace: string,
  issuer: KubeObject,
  host: string,
  namespace: string,
): string | undefined {
  const { acme } = specOf<IssuerSpec>(issuer);
  if (!acme) return undefined;
  const solver = solverFor(acme.solvers ?? [], host);
  if (solver?.http01?.ingress) return overIngress(runtime, solver.http01.ingress, host, namespace);
  if (solver?.http01?.gatewayHTTPRoute)
    return overGateway(runtime, certManagerNamespace, solver.http01.gatewayHTTPRoute.parentRefs ?? [], host, namespace);
  if (solver?.dns01?.azureDNS) return dns01(runtime, certManagerNamespace, solver.dns01.azureDNS, host);
  if (!solver) return `no configured challenge solvers can be used for this challenge (domain "${host}")`;
  return `the rehearsal models http01.ingress, http01.gatewayHTTPRoute and dns01.azureDNS solvers, not ${JSON.stringify(solver)}`;
}

/** The first solver whose selector admits the host; one without a selector admits every host. */
function solverFor(solvers: readonly Solver[], host: string): Solver | undefined {
  return solvers.find(({ selector }) => {
    if (!selector?.dnsNames && !selector?.dnsZones) return true;
    return selector.dnsNames?.includes(host) || selector.dnsZones?.some((zone) => host === zone || host.endsWith(`.${zone}`));
  });
}

function selfCheck(host: string): string {
  const url = `http://${host}/.well-known/acme-challenge/`;
  return `Waiting for HTTP-01 challenge propagation: failed to perform self check GET request '${url}': Get "${url}": `;
}

/** The address behind the host, or why nobody gets there. */
function located(runtime: Runtime, host: string): { address: string } | { problem: string } {
  const address = runtime.context.world.dns.resolve(host);
  if (address === undefined) return { problem: `${selfCheck(host)}dial tcp: lookup ${host} on 10.96.0.10:53: no such host` };
  const entrance = entranceAt(runtime.store, address);
  const listens = entrance && entrance.proxies.length > 0 && entrance.service;
  return listens ? { address } : { problem: `${selfCheck(host)}dial tcp ${address}:80: connect: connection refused` };
}

function overIngress(
  runtime: Runtime,
  solver: NonNullable<NonNullable<Solver['http01']>['ingress']>,
  host: string,
  namespace: string,
): string | undefined {
  const found = located(runtime, host);
  if ('problem' in found) return found.problem;
  const { ingressClassName, class: annotated } = solver;
  const challenge: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'cm-acme-http-solver',
      namespace,
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      ...(annotated === undefined ? {} : { annotations: { 'kubernetes.io/ingress.class': annotated } }),
    },
    spec: ingressClassName === undefined ? {} : { ingressClassName },
  };
  if (answersChallenge(runtime.store, found.address, host, challenge)) return undefined;
  return `Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200': what answers at ${found.address} does not serve the solver's class "${ingressClassName ?? annotated ?? ''}"`;
}

function overGateway(runtime: Runtime, home: string, parents: readonly ParentRef[], host: string, namespace: string): string | undefined {
  if (!gatewayApiEnabled(runtime, home))
    return 'couldn\'t Present challenge: gateway API is not enabled in the controller, so "gatewayHTTPRoute" cannot be used: set enableGatewayAPI in its configuration';
  const found = located(runtime, host);
  if ('problem' in found) return found.problem;
  const [parent] = parents;
  const gateway = parent && runtime.store.get(GATEWAY, parent.namespace ?? namespace, parent.name);
  if (!parent || !gateway) return `${selfCheck(host)}the HTTPRoute's parent Gateway "${parent?.name ?? ''}" does not exist`;
  const takes = specOf<GatewaySpec>(gateway).listeners.some(
    (listener) =>
      listener.protocol === 'HTTP' &&
      listener.port === 80 &&
      selectsListener(parent, listener) &&
      hostMatches(listener.hostname ?? '*', host) &&
      admitsNamespace(runtime.store, gateway, listener, namespace),
  );
  const entrance = entranceAt(runtime.store, found.address);
  const own = entrance?.kind === 'envoy' && addressesOf(gateway).includes(addressOf(entrance.service) ?? '');
  if (own && takes) return undefined;
  const why = own ? `no HTTP listener on port 80 of Gateway ${gateway.metadata.namespace}/${gateway.metadata.name} takes the route` : '';
  return `Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200': ${why || `${found.address} is not an address of the Gateway`}`;
}

function addressesOf(gateway: KubeObject): string[] {
  return ((gateway['status'] as { addresses?: { value: string }[] } | undefined)?.addresses ?? []).map(({ value }) => value);
}

function dns01(
  runtime: Runtime,
  namespace: string,
  azure: NonNullable<NonNullable<Solver['dns01']>['azureDNS']>,
  host: string,
): string | undefined {
  const { world, cluster } = runtime.context;
  const deployment = runtime.store.get('apps/Deployment', namespace, 'cert-manager');
  const template = deployment && specOf<{ template: PodTemplate }>(deployment).template;
  const refused = 'error getting azuredns service principal token: ';
  if (template?.metadata?.labels?.[IDENTITY_LABEL] !== 'true')
    return `${refused}WorkloadIdentityCredential: no token file specified. Check pod configuration or set TokenFilePath in the options`;
  const account = deployment ? podSpec({ ...deployment, spec: template.spec }).serviceAccountName : undefined;
  const zone = `/subscriptions/${azure.subscriptionID}/resourceGroups/${azure.resourceGroupName}/providers/Microsoft.Network/dnsZones/${azure.hostedZoneName}`;
  try {
    const principal = world.directory.federate(azure.managedIdentity?.clientID ?? '', {
      issuer: cluster.oidcIssuerUrl,
      subject: `system:serviceaccount:${namespace}:${account ?? 'default'}`,
      audience: 'api://AzureADTokenExchange',
    });
    if (!world.resources.hasRole(principal.objectId, ['DNS Zone Contributor', 'Contributor', 'Owner'], zone))
      return `${refused}AuthorizationFailed: the client '${principal.clientId}' does not have authorization to write TXT records over scope '${zone}'`;
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return `${refused}WorkloadIdentityCredential authentication failed. ${error.message}`;
  }
  const known = world.resources.get(zone);
  if (!known) return `RESPONSE 404: 404 Not Found ERROR CODE: ResourceNotFound (zone ${azure.hostedZoneName ?? ''})`;
  if (world.dns.zoneOf(host)?.id.toLowerCase() !== known.id.toLowerCase())
    return `Zone ${known.name}. not found in AzureDNS for domain _acme-challenge.${host}.`;
  return world.dns.isDelegated(known) ? undefined : `Waiting for DNS-01 challenge propagation: DNS record for "${host}" not yet propagated`;
}
