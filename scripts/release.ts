/**
 * What the release workflow asks: `release.ts notes TAG` prints the release as JSON after holding tag, package.json and changelog against
 * each other; `release.ts enterprise-server TAG OWNER/REPO` rewrites references for GitHub Enterprise Server in place.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { enterpriseTag, releaseOf, ReleaseRefused, withoutSelfReferences } from './release-parts.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const at = (file: string): string => path.join(ROOT, file);

async function main([command, tag = '', repository = '']: readonly string[]): Promise<void> {
  if (command === 'notes') {
    const { version } = JSON.parse(await readFile(at('package.json'), 'utf8')) as { version: string };
    console.log(JSON.stringify(releaseOf(tag, version, await readFile(at('CHANGELOG.md'), 'utf8'))));
  } else if (command === 'enterprise-server' && /^[\w.-]+\/[\w.-]+$/.test(repository)) {
    const workflows = (await readdir(at('.github/workflows'))).map((name) => `.github/workflows/${name}`);
    for (const file of ['action.yml', ...workflows]) {
      const text = await readFile(at(file), 'utf8');
      await writeFile(at(file), withoutSelfReferences(text, repository, enterpriseTag(tag)));
    }
  } else throw new ReleaseRefused('usage: release.ts notes TAG | release.ts enterprise-server TAG OWNER/REPO');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof ReleaseRefused ? error.message : error);
  process.exitCode = 1;
});
