import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { enterpriseTag, releaseOf, withoutSelfReferences } from '../../../scripts/release-parts.js';

const CHANGELOG =
  '# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.3] - 2026-11-25\n\n### Fixed\n\n- a thing\n\n## [1.2.2] - 2026-11-01\n\n- old\n';

describe('a release', () => {
  it('has the words of its own section, and the moving tag of its major version', () => {
    expect(releaseOf('v1.2.3', '1.2.3', CHANGELOG)).toEqual({
      version: '1.2.3',
      major: 'v1',
      isPrerelease: false,
      notes: '### Fixed\n\n- a thing',
    });
    expect(releaseOf('v2.0.0-rc.1', '2.0.0-rc.1', '## [2.0.0-rc.1]\n\n- new\n')).toMatchObject({ major: 'v2', isPrerelease: true });
  });

  it('is refused with everything that does not fit together', () => {
    expect(() => releaseOf('v1.3.0', '1.2.3', CHANGELOG)).toThrow(
      'package.json says 1.2.3, the tag 1.3.0\nCHANGELOG.md has no section "## [1.3.0]" with anything in it',
    );
    expect(() => releaseOf('v1', '1.2.3', CHANGELOG)).toThrow('"v1" is no tag of a version such as v1.2.3');
  });

  it.each(['action.yml', '.github/workflows/pass.yml', '.github/workflows/plan.yml'])(
    'names repository and tag in %s for servers that do not know $/',
    (file) => {
      const text = readFileSync(file, 'utf8');
      const rewritten = withoutSelfReferences(text, 'org/langsmith-azure', enterpriseTag('v1.2.3'));
      expect(rewritten).not.toContain('uses: $/');
      expect(rewritten.match(/uses: org\/langsmith-azure\/deploy@v1\.2\.3-ghes$/gm)).toHaveLength(
        text.match(/uses: \$\/deploy$/gm)?.length ?? -1,
      );
    },
  );
});
