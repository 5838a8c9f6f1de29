import type { ContainerAnswer, ContainerReader } from '../../tools/blob.js';
import type { Azure } from '../azure.js';
import { blocker, ok, unknown, type Check, type Fact } from '../check.js';
import type { Availability } from './names.js';

/** `no-account`: the worldwide name is free, so there is nothing to look into. */
export type StateAnswer = ContainerAnswer | { readonly kind: 'no-account' };

/** Microsoft.Storage checkNameAvailability, API 2024-01-01, then the container itself. An account that is not there has no address to ask. */
export async function fetchStateAccount(azure: Azure, look: ContainerReader, account: string, container: string): Promise<StateAnswer> {
  const name: Fact<Availability> = await azure.ask('providers/Microsoft.Storage/checkNameAvailability', '2024-01-01', {
    name: account,
    type: 'Microsoft.Storage/storageAccounts',
  });
  return 'known' in name && name.known.nameAvailable ? { kind: 'no-account' } : look(account, container);
}

const CHECK = 'Terraform state';

/** @param where `account/container`. @param bootstrap the input bootstrap-state is on, so the next apply makes what is missing. */
export function evaluateStateAccount(answer: StateAnswer, where: string, bootstrap: boolean): Check {
  switch (answer.kind) {
    case 'allowed':
      return ok(CHECK, `the identity may use ${where}`);
    case 'no-account':
    case 'no-container': {
      const what = `${where}: there is no such ${answer.kind === 'no-account' ? 'storage account' : 'container'}`;
      return bootstrap
        ? ok(CHECK, `${what} yet; bootstrap-state creates it`)
        : blocker(CHECK, what, 'Set bootstrap-state: true for the first apply, which creates it safely, or create it yourself');
    }
    case 'forbidden':
      return blocker(
        CHECK,
        `${where}: ${answer.message}`,
        'Grant the identity Storage Blob Data Contributor on the state container, and let the account admit this runner',
      );
    case 'unclear':
      return unknown(CHECK, `${where}: ${answer.message}`);
  }
}
