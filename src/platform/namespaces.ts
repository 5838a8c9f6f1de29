/** Selects every namespace that a deployment made. */
export const PART_OF = 'app.kubernetes.io/part-of=langsmith-azure';

/** Namespaces the deployment uses, LangSmith's own first: they are applied before any release, because the run lease lives in one. */
export function namespaceObjects(namespaces: readonly string[]): object[] {
  return namespaces.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: Object.fromEntries([PART_OF.split('=')]) as Record<string, string> },
  }));
}
