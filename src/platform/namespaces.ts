/** Namespaces the deployment uses, LangSmith's own first: they are applied before any release, because the run lease lives in one. */
export function namespaceObjects(namespaces: readonly string[]): object[] {
  return namespaces.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'app.kubernetes.io/part-of': 'langsmith-azure' } },
  }));
}
