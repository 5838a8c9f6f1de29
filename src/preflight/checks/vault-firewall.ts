import type { SecretAnswer } from '../../tools/key-vault.js';
import { blocker, ok, unknown, warning, type Check } from '../check.js';
import { textOf, type Settings } from '../settings.js';

const CHECK = 'Key Vault firewall';
const FIX = 'Add the runner address to keyvault_allowed_ips, or run inside the VNet';

/**
 * Would the vault let this runner in? A vault that stands is asked itself (T111); the address it sees is its own to tell.
 * @param probe what reading one secret gave; undefined while there is no vault.
 */
export function evaluateVaultFirewall(probe: SecretAnswer | undefined, settings: Settings): Check {
  if (probe === undefined) {
    if (textOf(settings, 'keyvault_default_action') === 'Allow') return ok(CHECK, 'the vault will admit every address');
    const addresses = (settings.variables['keyvault_allowed_ips'] ?? []) as string[];
    return addresses.length === 0
      ? warning(
          CHECK,
          'the vault will deny every address outside the cluster, and keyvault_allowed_ips is empty: a runner outside the VNet cannot store the secrets',
          FIX,
        )
      : unknown(
          CHECK,
          `the vault will admit ${addresses.join(', ')}; under which address it sees this runner is not known before it stands`,
        );
  }
  if (probe.kind === 'unclear') return unknown(CHECK, `the vault gave no clear answer: ${probe.message}`);
  if (probe.kind !== 'forbidden') return ok(CHECK, 'the vault admits this runner');
  if (probe.by === 'firewall') return blocker(CHECK, `the vault refuses this runner: ${probe.message}`, FIX);
  return warning(
    CHECK,
    'the vault admits this runner, but the identity may not read its secrets yet',
    'Run pass 1 with command apply, which grants Key Vault Secrets Officer; if it did, wait some minutes',
  );
}
