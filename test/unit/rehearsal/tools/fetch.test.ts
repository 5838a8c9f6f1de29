import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { fetchTools, type HelmMajor } from '../../../../rehearsal/tools/fetch.js';

const run = promisify(execFile);
const cacheDirectory = path.resolve(import.meta.dirname, '../../../../.cache/tools');

describe('fetchTools', () => {
  it.each<[HelmMajor, string, string]>([
    ['3', '3.17.2', '1.32.3'],
    ['4', '4.1.4', '1.35.2'],
  ])(
    'brings working programs for Helm %s',
    async (helm, helmVersion, kubectlVersion) => {
      const tools = await fetchTools({ helm, cacheDirectory });
      expect(tools.versions).toMatchObject({ helm: helmVersion, kubectl: kubectlVersion, node24: '24.21.0' });
      expect((await run(tools.helm, ['version', '--short'])).stdout).toContain(`v${helmVersion}`);
      expect((await run(tools.kubectl, ['version', '--client'])).stdout).toContain(`v${kubectlVersion}`);
      expect((await run(tools.node24, ['--version'])).stdout.trim()).toBe('v24.21.0');
    },
    300_000,
  );
});
