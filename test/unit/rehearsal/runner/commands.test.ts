import { describe, expect, it } from '@jest/globals';
import { CommandReader, parseCommand } from '../../../../rehearsal/runner/commands.js';
import { parseKeyValues } from '../../../../rehearsal/runner/command-files.js';
import type { Annotation } from '../../../../rehearsal/runner/index.js';

function read(...lines: string[]): { log: string[]; masks: string[]; annotations: Annotation[]; groups: string[]; failed: boolean } {
  const seen = { log: [] as string[], masks: [] as string[], annotations: [] as Annotation[], groups: [] as string[], failed: false };
  const reader = new CommandReader({
    write: (line) => seen.log.push(line),
    mask: (value) => seen.masks.push(value),
    annotate: (annotation) => seen.annotations.push(annotation),
    group: (title) => seen.groups.push(title),
    fail: () => (seen.failed = true),
    debug: false,
  });
  for (const line of lines) reader.read(line);
  return seen;
}

describe('workflow commands', () => {
  it('are read with their properties and escapes', () => {
    expect(parseCommand('::error file=a%3Ab.ts,line=3,title=one%2C two::bad%0Aworse 100%25')).toEqual({
      name: 'error',
      properties: { file: 'a:b.ts', line: '3', title: 'one, two' },
      data: 'bad\nworse 100%',
    });
    expect(parseCommand('text ::error::no')).toBeUndefined();
    expect(parseCommand(':: error::no')).toBeUndefined();
  });

  it('annotate, group, mask and hide debug lines', () => {
    const seen = read(
      '::group::Plan',
      'inside',
      '::endgroup::',
      '::notice title=T,file=f,line=2::hello',
      '::add-mask::s3cret%0Amore',
      '::debug::quiet',
      '::unknown::x',
    );
    expect(seen.log).toEqual(['##[group]Plan', 'inside', '##[endgroup]', '##[notice]hello', '::unknown::x']);
    expect(seen.groups).toEqual(['Plan']);
    expect(seen.masks).toEqual(['s3cret\nmore']);
    expect(seen.annotations).toEqual([{ level: 'notice', title: 'T', message: 'hello', file: 'f', line: 2 }]);
    expect(seen.failed).toBe(false);
  });

  it('are plain text between stop-commands and its token', () => {
    const seen = read('::stop-commands::pause', '::error::shown as text', '::pause::', '::error::obeyed');
    expect(seen.log).toEqual(['::error::shown as text', '::pause::', '##[error]obeyed']);
    expect(seen.annotations).toHaveLength(1);
  });

  it.each(['set-output', 'save-state', 'set-env', 'add-path', 'add-matcher'])('refuse %s and fail the step', (name) => {
    const seen = read(`::${name} name=x::y`);
    expect(seen.failed).toBe(true);
    expect(seen.annotations[0]?.message).toContain(`\`${name}\``);
  });
});

describe('command files', () => {
  it('hold pairs and blocks', () => {
    expect([...parseKeyValues('a=1=2\n\nb<<EOF\nx\n\ny=z\nEOF\nc<=d<<e\n')]).toEqual([
      ['a', '1=2'],
      ['b', 'x\n\ny=z'],
      ['c<', 'd<<e'],
    ]);
  });

  it.each([
    ['nothing', "Invalid format 'nothing'"],
    ['=x', "Invalid format '=x'. Name must not be empty"],
    ['a<<', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
    ['a<<EOF\nx', "Invalid value. Matching delimiter not found 'EOF'"],
  ])('refuse %j', (content, message) => {
    expect(() => parseKeyValues(content)).toThrow(message);
  });
});
