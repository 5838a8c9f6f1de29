import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';

jest.setTimeout(180_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start({ helm: '3' });
});

afterAll(async () => {
  await rehearsal.stop();
});

it('deploys with Helm 3.17 and a chart from a registry, and a second time from a directory without any change', async () => {
  expectSuccess(await runPass(rehearsal, { pass: 1 }));
  const registry = { chart: 'oci://registry.contoso.example/charts/langsmith', 'chart-version': '0.13.28' };
  const first = await runPass(rehearsal, { pass: 2, with: registry });
  expectSuccess(first);
  expect(first.step.log.join('\n')).toMatch(/Helm v3\.17\.2/);
  expect(first.outputs).toMatchObject({ verified: 'true', 'release-revision': '1', 'has-changes': 'true' });

  const second = await runPass(rehearsal, { pass: 2, with: { chart: `${PROJECT}/rehearsal/charts/langsmith` } });
  expectSuccess(second);
  expect(second.outputs).toMatchObject({ verified: 'true', 'release-revision': '1', 'has-changes': 'false' });
  expect(rehearsal.world.requests.surprises).toEqual([]);
});
