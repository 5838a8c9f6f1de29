import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { buildKubeconfig } from '../../../src/kubernetes/kubeconfig.js';

const AKS = `
apiVersion: v1
kind: Config
clusters:
- name: langsmith-aks
  cluster: { server: "https://langsmith-aks-1.hcp.eastus.azmk8s.io:443", certificate-authority-data: Q0E= }
users:
- name: clusterUser
  user: { exec: { command: kubelogin, args: [get-token] } }
contexts:
- name: langsmith-aks
  context: { cluster: langsmith-aks, user: clusterUser }
current-context: langsmith-aks
`;

describe('kubeconfig', () => {
  it('keeps server and CA, replaces user and context, and points at the token instead of holding it', () => {
    expect(parse(buildKubeconfig(AKS, '/private/token'))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'langsmith-azure',
          cluster: { server: 'https://langsmith-aks-1.hcp.eastus.azmk8s.io:443', 'certificate-authority-data': 'Q0E=' },
        },
      ],
      users: [{ name: 'langsmith-azure', user: { tokenFile: '/private/token' } }],
      contexts: [{ name: 'langsmith-azure', context: { cluster: 'langsmith-azure', user: 'langsmith-azure' } }],
      'current-context': 'langsmith-azure',
    });
  });

  it.each(['', 'clusters: []', 'clusters: [{name: x, cluster: {server: "https://x"}}]', '{'])('refuses %j', (yaml) => {
    expect(() => buildKubeconfig(yaml, '/t')).toThrow(expect.objectContaining({ reason: 'cluster-unreachable' }));
  });
});
