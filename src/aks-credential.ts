import { DeployError, messageOf } from './errors.js';
import { armErrorText } from './tools/arm.js';
import type { ClusterCredential } from './kubernetes/cluster.js';
import { explainEntra, type Session } from './phases/login.js';

/** The AKS server application, the same in every cloud. */
const AKS_SCOPE = '6dae42f8-4368-4678-94ff-3960e28e3630/.default';

/**
 * Where the cluster is (from ARM) and who we are (from Entra): no kubelogin, no az, no local account.
 * @param clusterId ARM id of the managed cluster.
 * @throws DeployError `cluster-unreachable`, `cluster-forbidden`.
 */
export async function aksCredential(session: Session, clusterId: string, mask: (value: string) => void): Promise<ClusterCredential> {
  const [response, token] = await Promise.all([
    session.arm('POST', `${clusterId}/listClusterUserCredential`, '2025-10-01').catch((error: unknown) => {
      throw new DeployError('cluster-unreachable', `listClusterUserCredential: ${messageOf(error)}`, { cause: error });
    }),
    session.credential.getToken(AKS_SCOPE).catch((error: unknown) => {
      throw explainEntra(messageOf(error), session, session, error);
    }),
  ]);
  if (response.status === 403) throw new DeployError('cluster-forbidden', `listClusterUserCredential: ${armErrorText(response)}`);
  const encoded = (response.body as { kubeconfigs?: readonly { value?: string }[] } | undefined)?.kubeconfigs?.[0]?.value;
  if (response.status !== 200 || encoded === undefined)
    throw new DeployError('cluster-unreachable', `listClusterUserCredential: ${armErrorText(response)}`);
  if (token === null) throw new DeployError('cluster-forbidden', 'Entra gave no token for the AKS server application');
  mask(token.token);
  return {
    kubeconfigYaml: Buffer.from(encoded, 'base64').toString('utf8'),
    token: token.token,
    expiresOn: new Date(token.expiresOnTimestamp),
  };
}
