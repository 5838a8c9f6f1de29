import { describe, expect, it } from '@jest/globals';
import { difference, indexObjects, isEmpty } from '../../../src/release/manifest.js';

const MANIFEST = `---
# Source: langsmith/templates/a.yaml
kind: Service
metadata: { name: a }
spec: { port: 1, type: ClusterIP }
---
---
kind: Deployment
metadata: { name: a }
`;

describe('manifests', () => {
  it('are compared by object and meaning, not by text', () => {
    const reordered = `kind: Deployment\nmetadata:\n  name: a\n---\nkind: Service\nspec:\n  type: ClusterIP\n  port: 1\nmetadata:\n  name: a\n`;
    expect(isEmpty(difference(indexObjects(MANIFEST), indexObjects(reordered)))).toBe(true);
  });

  it('tell what is added, changed and removed', () => {
    const after = `kind: Service\nmetadata: { name: a }\nspec: { port: 2, type: ClusterIP }\n---\nkind: Job\nmetadata: { name: b }\n`;
    expect(difference(indexObjects(MANIFEST), indexObjects(after))).toEqual({
      added: ['Job b'],
      changed: ['Service a'],
      removed: ['Deployment a'],
    });
  });

  it('that are no YAML are not taken for empty', () => {
    expect(() => indexObjects('kind: [')).toThrow();
  });
});
