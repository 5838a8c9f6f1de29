import { EntraError } from '../../world/directory.js';
import type { KubeObject } from '../api.js';
import type { IssuerSpec, Solver } from './cert-manager.js';
import { entranceOf } from './ingresses.js';
import { fqdnOf } from './load-balancers.js';
import type { Runtime } from './runtime.js';
import { podSpec, specOf } from './types.js';

/** Names Azure gives public addresses: the only ones whose DNS the world knows. Other domains are the user's own. */
const AZURE_NAMES = '.cloudapp.azure.com';

/** Why the CA would not believe that `host` is ours, in cert-manager's words; undefined when the challenge passes. */
export function challengeProblem(runtime: Runtime, certManagerNamespace: string, issuer: KubeObject, host: string): string | undefined {
  const { acme } = specOf<IssuerSpec>(issuer);
  if (!acme) return undefined;
  const solver = acme.solvers?.[0];
  if (solver?.http01?.ingress) return http01(runtime, solver.http01.ingress, host);
  if (solver?.dns01?.azureDNS) return dns01(runtime, certManagerNamespace, solver.dns01.azureDNS);
  if (!solver) return `no configured challenge solvers can be used for this challenge (domain "${host}")`;
  return `the rehearsal models http01.ingress and dns01.azureDNS solvers, not ${JSON.stringify(solver)}`;
}

function http01(runtime: Runtime, ingress: NonNullable<NonNullable<Solver['http01']>['ingress']>, host: string): string | undefined {
  const url = `http://${host}/.well-known/acme-challenge/`;
  const selfCheck = `Waiting for HTTP-01 challenge propagation: failed to perform self check GET request '${url}': Get "${url}": `;
  const className = ingress.ingressClassName ?? ingress.class ?? '';
  const entrance = entranceOf(runtime, className);
  if (entrance === undefined) return `${selfCheck}no ingress controller serves the solver's class "${className}"`;
  if (!host.endsWith(AZURE_NAMES)) return undefined;
  const address = runtime.context.world.resources.list('Microsoft.Network/publicIPAddresses').find((resource) => fqdnOf(resource) === host);
  if (!address) return `${selfCheck}dial tcp: lookup ${host} on 10.96.0.10:53: no such host`;
  return address.properties['ipAddress'] === entrance
    ? undefined
    : `${selfCheck}dial tcp ${String(address.properties['ipAddress'])}:80: connect: connection refused`;
}

function dns01(runtime: Runtime, namespace: string, azure: NonNullable<NonNullable<Solver['dns01']>['azureDNS']>): string | undefined {
  const { world, cluster } = runtime.context;
  const deployment = runtime.store.get('apps/Deployment', namespace, 'cert-manager');
  const account = deployment
    ? podSpec({ ...deployment, spec: specOf<{ template: { spec: unknown } }>(deployment).template.spec }).serviceAccountName
    : undefined;
  const zone = `/subscriptions/${azure.subscriptionID}/resourceGroups/${azure.resourceGroupName}/providers/Microsoft.Network/dnsZones/${azure.hostedZoneName}`;
  try {
    const principal = world.directory.federate(azure.managedIdentity?.clientID ?? '', {
      issuer: cluster.oidcIssuerUrl,
      subject: `system:serviceaccount:${namespace}:${account ?? 'default'}`,
      audience: 'api://AzureADTokenExchange',
    });
    if (world.resources.hasRole(principal.objectId, ['DNS Zone Contributor', 'Contributor', 'Owner'], zone)) return undefined;
    return `error getting azuredns service principal token: AuthorizationFailed: the client '${principal.clientId}' does not have authorization to write TXT records over scope '${zone}'`;
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return `error getting azuredns service principal token: WorkloadIdentityCredential authentication failed. ${error.message}`;
  }
}
