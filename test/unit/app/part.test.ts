import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { appPart, demandRest } from '../../../src/app/part.js';
import { fingerprintDifferences, fingerprintKey, fingerprintOf } from '../../../src/review/fingerprint.js';
import { showItem } from '../../../src/review/items.js';
import { countsOf, type PartPlan } from '../../../src/review/review.js';
import { manifestOf, planned, plannedRelease, releasePlan, releaseReview } from '../../fakes/reviews.js';
import { productionShape } from '../../fakes/cluster.js';

const KEY = fingerprintKey({ subscriptionId: 's', environment: 'e', stateAccount: 'a', stateContainer: 'c', stateKey: 'k' }, 'salt');

const langsmith = (before: object, after: object): object =>
  plannedRelease('helm_release.langsmith', 'langsmith', { values: [stringify(before)] }, { values: [stringify(after)] });

const partOf = (...resources: readonly object[]): PartPlan => appPart({ resource_changes: resources }, []);

describe('the part of terraform/app in a review', () => {
  it('shows chart values one by one, and of what was before a new revision only its number', () => {
    const [item] = partOf(langsmith({ a: 1, list: [{ name: 'x', v: 1 }] }, { a: 2, list: [{ name: 'x', v: 2 }], b: true })).items.map(
      showItem,
    );
    expect(item).toMatchObject({ id: 'helm_release.langsmith', type: 'helm_release', action: 'update' });
    expect(item?.attributes).toEqual([
      { path: 'metadata', before: undefined, after: '(known after apply)' },
      { path: 'metadata.revision', before: '3', after: undefined },
      { path: 'values.a', before: '1', after: '2' },
      { path: 'values.b', before: undefined, after: 'true' },
      { path: 'values.list["x"].v', before: '1', after: '2' },
    ]);
  });

  it('leaves values as they are where Terraform marks them, or where they are no YAML', () => {
    const plan = (marks: object, text: string): object => ({
      address: 'helm_release.x',
      type: 'helm_release',
      mode: 'managed',
      change: { actions: ['create'], before: null, after: { values: [text] }, ...marks },
    });
    const shown = (marks: object, text: string): unknown => partOf(plan(marks, text)).items.map(showItem)[0]?.attributes;
    expect(shown({ after_sensitive: { values: [true] } }, 'password: hidden')).toEqual([
      { path: 'values[0]', before: undefined, after: '(sensitive value)' },
    ]);
    expect(shown({ after_sensitive: { values: true } }, 'password: hidden')).toEqual([
      { path: 'values', before: undefined, after: '(sensitive value)' },
    ]);
    expect(shown({}, 'a: [')).toEqual([{ path: 'values[0]', before: undefined, after: '"a: ["' }]);
  });

  it('names in a fingerprint which value differs, and a Secret that makes way', () => {
    const of = (part: PartPlan): ReturnType<typeof fingerprintOf> => fingerprintOf(part.items, part.scope, KEY);
    const approved = of(partOf(langsmith({ a: 1 }, { a: 2 })));
    expect(fingerprintDifferences(approved, of(partOf(langsmith({ a: 1 }, { a: 2 }))))).toEqual([]);
    expect(fingerprintDifferences(approved, of(partOf(langsmith({ a: 1 }, { a: 3 }))))).toEqual([
      { id: 'app/helm_release.langsmith', attribute: 'values.a', what: 'differs' },
    ]);
    const takingOver = appPart({ resource_changes: [langsmith({ a: 1 }, { a: 2 })] }, ['langsmith-config-secret']);
    expect(takingOver.notes.join()).toContain('`langsmith-config-secret`');
    expect(fingerprintDifferences(approved, of(takingOver)).map(({ attribute }) => attribute)).toContain('adopted.langsmith-config-secret');
  });

  it('counts no output as a change', () => {
    const output_changes = { releases: { actions: ['update'], before: { revision: 1 }, after: { revision: 2 } } };
    expect(appPart({ output_changes }, [])).toMatchObject({ items: [], hasChanges: false });
  });

  it('lists what Terraform would uninstall among the losses, as final', () => {
    const gone = { ...planned('helm_release.addon["keda"]', ['delete'], { name: 'keda' }, null), type: 'helm_release' };
    expect(partOf(gone).losses).toEqual([{ id: 'helm_release.addon["keda"]', what: 'would be destroyed', final: true }]);
  });

  it('is what is counted: the objects of the release come by one of its resources', () => {
    const shape = productionShape(2);
    const plan = releasePlan(manifestOf(shape), manifestOf(shape, { image: '0.13.40' }));
    const { review } = releaseReview(plan, shape, [], [partOf(langsmith({ a: 1 }, { a: 2 }))]);
    expect(review.roots.map(({ name, within }) => [name, within])).toEqual([
      ['app', undefined],
      ['release', 'helm_release.langsmith'],
    ]);
    expect(review.roots[1]?.counts.change).toBeGreaterThan(1);
    expect(countsOf(review)).toEqual({ add: 0, change: 1, destroy: 0, replace: 0 });
  });

  it('is finished by its rest alone, whatever an attempt has left on the release', () => {
    const release = (noted: object, values: object = { a: 2 }): object => {
      const planned = langsmith({ a: 1 }, values) as { readonly change: { readonly before: object } };
      return { ...planned, change: { ...planned.change, before: { ...planned.change.before, ...noted } } };
    };
    const rest = (...resources: readonly object[]): string[] =>
      demandRest(partOf(release({ status: 'deployed' })), { resource_changes: resources }, { allowedDrift: [] });
    expect(rest()).toEqual([]);
    expect(rest(release({ status: 'failed', metadata: { revision: 4 } }))).toEqual([]);
    expect(() => rest(release({}, { a: 3 }))).toThrow(/- app\/helm_release\.langsmith values\.a differs/);
    expect(() => rest(plannedRelease('helm_release.platform', 'platform', undefined, {}))).toThrow(
      /- app\/helm_release\.platform was not in the approved plan/,
    );
  });
});
