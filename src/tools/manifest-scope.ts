import { parse } from 'yaml';

/** Documents of a manifest: those that name their namespace, and the others. */
export interface ManifestScopes {
  readonly named: string;
  readonly unnamed: string;
}

/**
 * kubectl takes a namespace for objects that name none, and then refuses every object that names another. PURE.
 * @param manifest YAML documents; they are handed on as they are written.
 */
export function byScope(manifest: string): ManifestScopes {
  const documents = manifest.split(/^---[ \t]*$/m).filter((text) => text.trim() !== '');
  const isNamed = (text: string): boolean => {
    const object = parse(text) as { metadata?: { namespace?: unknown } | null } | null;
    return typeof object?.metadata?.namespace === 'string';
  };
  const join = (texts: readonly string[]): string => texts.join('\n---\n');
  return { named: join(documents.filter(isNamed)), unnamed: join(documents.filter((text) => !isNamed(text))) };
}
