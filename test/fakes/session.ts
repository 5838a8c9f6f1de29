import type { Inputs } from '../../src/phases/inputs.js';
import type { Session } from '../../src/phases/login.js';

export const GUID = '11111111-2222-4333-8444-555555555555';

/** Inputs of `apply` pass 1, as a user with a good file has them. */
export function inputsOf(overrides: Partial<Inputs> = {}): Inputs {
  return {
    command: 'apply',
    pass: 1,
    topology: 'light',
    configFile: '/nowhere/terraform.tfvars',
    config: {},
    deployPath: 'helm',
    approvedIrreversible: [],
    approvedPlan: undefined,
    isRerun: false,
    allowedDrift: [],
    environment: 'production',
    clientId: GUID,
    tenantId: GUID,
    subscriptionId: GUID,
    stateAccount: 'state',
    stateContainer: 'tfstate',
    stateKey: 'langsmith-azure/production/infra.tfstate',
    bootstrapState: false,
    stateResourceGroup: 'langsmith-state',
    githubToken: '',
    breakLock: '',
    chart: { kind: 'default' },
    valuesFiles: [],
    timeoutMinutes: 1,
    secrets: {},
    toolVersions: { terraform: '1.11.4', helm: '4.1.4', kubectl: '1.35.2' },
    actionRoot: '.',
    temporaryDirectory: '/nowhere',
    toolCacheDirectory: '/nowhere',
    ...overrides,
  };
}

/** A proved login; asking Azure anything is not modelled unless given. */
export function sessionOf(overrides: Partial<Session> = {}): Session {
  return {
    credential: {
      getToken: () => Promise.reject(new Error('no test modelled a token')),
    },
    arm: (method, path) => Promise.reject(new Error(`no test modelled ${method} ${path}`)),
    clientId: GUID,
    tenantId: GUID,
    subscriptionId: GUID,
    subscriptionName: 'Production',
    principalId: GUID,
    subject: 'repo:contoso/platform:environment:production',
    issuer: 'https://token.actions.githubusercontent.com',
    ...overrides,
  };
}
