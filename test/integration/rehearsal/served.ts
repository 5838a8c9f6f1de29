import { expect } from '@jest/globals';
import type { EntranceScene } from '../../unit/rehearsal/kubernetes/entrance-scene.js';

/** Asks cert-manager for the certificate of an Ingress or a Gateway. */
export const ISSUED = { 'cert-manager.io/cluster-issuer': 'letsencrypt-prod' };

/** The whole way in: trusted certificate, redirect or not, pages, health and version. */
export async function expectServed(scene: EntranceScene): Promise<void> {
  expect((await scene.get('/health')).status).toBe(200);
  expect((await scene.get('/')).text).toContain('LangSmith');
  expect((await scene.get('/api/v1/info')).body).toMatchObject({ version: '0.13.31' });
  expect(scene.at.world.requests.surprises).toEqual([]);
}
