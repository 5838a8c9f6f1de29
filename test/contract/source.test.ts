import { describe, expect, it } from '@jest/globals';
import { filesBelow, linesMatching, text } from './files.js';

const source = filesBelow('src', /\.ts$/);
const except = (...files: string[]): string[] => source.filter((file) => !files.includes(file));

describe('src, terraform and helm', () => {
  it('know nothing of the rehearsal', () => {
    const files = [...source, ...filesBelow('terraform', /\.(tf|tfvars|hcl)$/), ...filesBelow('helm')].filter(
      (file) => !file.startsWith('terraform/tests/'),
    );
    expect(linesMatching(files, /rehears|stand-?in|azurite|127\.0\.0\.1|localhost|HTTPS_PROXY|TF_REATTACH|NODE_EXTRA_CA/i)).toEqual([]);
  });
});

describe('src', () => {
  it('reads the environment in the entry points only', () => {
    expect(linesMatching(except('src/index.ts', 'src/post.ts'), /process\.env\b/)).toEqual([]);
  });

  it('speaks workflow commands in one file only', () => {
    expect(
      linesMatching(except('src/github-runner.ts'), /@actions\/core|console\.|process\.std(out|err)|::(error|warning|set-output|add-mask)/),
    ).toEqual([]);
  });

  it('starts child processes in one file only', () => {
    expect(linesMatching(except('src/tools/exec.ts'), /@actions\/exec|child_process/)).toEqual([]);
  });

  it('loads the Azure SDK and the tool cache only when they are needed', () => {
    expect(linesMatching(source, /^import (?!type\b).*'@(azure\/(identity|keyvault-secrets)|actions\/(cache|tool-cache))'/)).toEqual([]);
  });

  it.each(source)('%s is one room: at most 350 lines', (file) => {
    expect(text(file).split('\n').length).toBeLessThanOrEqual(351);
  });

  it('leaves nothing for later', () => {
    expect(
      linesMatching(
        [...source, ...filesBelow('rehearsal', /\.ts$/), ...filesBelow('scripts')],
        /\b(TODO|FIXME|XXX|HACK)\b|not implemented/,
      ),
    ).toEqual([]);
  });
});

describe('the repository', () => {
  it('keeps hand-over files, state and plans out of git', () => {
    const ignored = text('.gitignore').split('\n');
    for (const pattern of ['secrets.auto.tfvars.json', '*.auto.tfvars.json', '*.tfstate', '*.tfplan', '.terraform/'])
      expect(ignored).toContain(pattern);
    expect(filesBelow('.', /\.auto\.tfvars(\.json)?$|\.tfstate|\.tfplan$/)).toEqual([]);
  });

  it('pins every dependency exactly', () => {
    const { dependencies, devDependencies } = JSON.parse(text('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});
