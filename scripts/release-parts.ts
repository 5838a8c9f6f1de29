/** A problem with a release, for the person who set the tag. */
export class ReleaseRefused extends Error {}

export interface Release {
  /** `1.2.3` */
  readonly version: string;
  /** The moving tag that callers use: `v1`. */
  readonly major: string;
  readonly isPrerelease: boolean;
  /** What the changelog says of it, in Markdown. */
  readonly notes: string;
}

/**
 * What a tag releases. PURE.
 * @param tag `v1.2.3` or `v1.2.3-rc.1` @param packageVersion of package.json @param changelog in the form of Keep a Changelog
 * @throws ReleaseRefused naming everything that does not fit together.
 */
export function releaseOf(tag: string, packageVersion: string, changelog: string): Release {
  const [, version, major, pre] = /^v((\d+)\.\d+\.\d+(-[\w.]+)?)$/.exec(tag) ?? [];
  if (version === undefined || major === undefined) throw new ReleaseRefused(`"${tag}" is no tag of a version such as v1.2.3`);
  const notes = sectionOf(changelog, version);
  const problems = [
    version === packageVersion ? '' : `package.json says ${packageVersion}, the tag ${version}`,
    notes === '' ? `CHANGELOG.md has no section "## [${version}]" with anything in it` : '',
  ].filter((problem) => problem !== '');
  if (problems.length > 0) throw new ReleaseRefused(problems.join('\n'));
  return { version, major: `v${major}`, isPrerelease: pre !== undefined, notes };
}

function sectionOf(changelog: string, version: string): string {
  const sections = changelog.split(/^(?=## )/m);
  const section = sections.find((text) => text.startsWith(`## [${version}]`)) ?? '';
  return section.split('\n').slice(1).join('\n').trim();
}

/** The tag of the same release for servers that do not know `$/`. */
export const enterpriseTag = (tag: string): string => `${tag}-ghes`;

/**
 * An action or workflow file in which `uses: $/deploy` names repository and tag: GitHub Enterprise Server does not know references to
 * the file's own repository. PURE.
 */
export const withoutSelfReferences = (text: string, repository: string, tag: string): string =>
  text.replace(/^(\s*(?:- )?uses: )\$\/(\S+)/gm, (_, start: string, path: string) => `${start}${repository}/${path}@${tag}`);
