import { describe, expect, it } from '@jest/globals';
import { aksCredential } from '../../src/aks-credential.js';
import type { DeployError } from '../../src/errors.js';
import type { ClusterCredential } from '../../src/kubernetes/cluster.js';
import type { Session } from '../../src/phases/login.js';
import type { Arm, ArmResponse } from '../../src/tools/arm.js';
import { sessionOf } from '../fakes/session.js';

const KUBECONFIG = 'apiVersion: v1\nkind: Config\n';
const GOOD: ArmResponse = {
  status: 200,
  body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(KUBECONFIG).toString('base64') }] },
};

async function credentialFrom(
  answer: ArmResponse | Error,
  token: string | Error | null = 'aks-token',
): Promise<{ credential: ClusterCredential; asked: string[]; masked: string[] }> {
  const asked: string[] = [];
  const masked: string[] = [];
  const arm: Arm = async (method, path, version) => {
    asked.push(`${method} ${path} ${version}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const credential: Session['credential'] = {
    getToken: async (scope) => {
      asked.push(String(scope));
      if (token instanceof Error) throw token;
      return token === null ? null : { token, expiresOnTimestamp: 1_800_000_000_000 };
    },
  };
  const made = await aksCredential(sessionOf({ arm, credential }), '/clusters/aks', (value) => void masked.push(value));
  return { credential: made, asked, masked };
}

const reasonOf = (promise: Promise<unknown>): Promise<[string, string]> =>
  promise.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => [(error as DeployError).reason, (error as DeployError).detail],
  );

describe('aksCredential', () => {
  it('asks ARM where the cluster is and Entra for a token of the AKS server application', async () => {
    const { credential, asked, masked } = await credentialFrom(GOOD);
    expect(asked).toEqual(['POST /clusters/aks/listClusterUserCredential 2025-10-01', '6dae42f8-4368-4678-94ff-3960e28e3630/.default']);
    expect(credential).toEqual({ kubeconfigYaml: KUBECONFIG, token: 'aks-token', expiresOn: new Date(1_800_000_000_000) });
    expect(masked).toEqual(['aks-token']);
  });

  it.each<[string, ArmResponse | Error, string, string]>([
    [
      'a missing role',
      { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no role' } } },
      'cluster-forbidden',
      'AuthorizationFailed: no role',
    ],
    [
      'a cluster that is gone',
      { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } },
      'cluster-unreachable',
      'HTTP 404',
    ],
    ['an answer without a kubeconfig', { status: 200, body: { kubeconfigs: [] } }, 'cluster-unreachable', 'HTTP 200'],
    ['the page of a proxy', { status: 502, body: '<html>' }, 'cluster-unreachable', 'HTTP 502'],
    ['no connection', new Error('ECONNREFUSED'), 'cluster-unreachable', 'ECONNREFUSED'],
  ])('explains %s', async (_, answer, reason, text) => {
    expect(await reasonOf(credentialFrom(answer))).toEqual([reason, expect.stringContaining(text)]);
  });

  it.each([
    [null, 'cluster-forbidden'],
    [new Error('AADSTS500011: The resource principal was not found'), 'login-refused'],
    [new Error('ENOTFOUND login.microsoftonline.com'), 'login-unreachable'],
  ])('explains a token that Entra does not give: %s', async (token, reason) => {
    expect((await reasonOf(credentialFrom(GOOD, token)))[0]).toBe(reason);
  });
});
