import { describe, expect, it } from '@jest/globals';
import { diagram, legend } from '../../../src/report/diagram.js';
import { prose } from '../../../src/report/markdown.js';
import type { Box } from '../../../src/review/boxes.js';

const box = (id: string, group: Box['group'], uses: readonly string[] = [], more: Partial<Box> = {}): Box => ({
  id,
  label: id,
  group,
  change: 'new',
  uses,
  ...more,
});
const arrows = (boxes: readonly Box[]): string[] => (diagram(boxes) ?? '').split('\n').filter((line) => line.includes('-->'));

describe('the picture of a plan', () => {
  it('has a box for each thing with its sign and its name, in the group it belongs to, and nothing else', () => {
    const boxes = [box('AKS', 'cluster', [], { name: 'aks-demo' }), box('Blob', 'data', [], { change: 'stays' })];
    expect(diagram(boxes)).toBe(
      [
        'flowchart LR',
        '  subgraph g0["Cluster"]',
        '    n0["#10133; AKS<br/>aks-demo"]:::new',
        '  end',
        '  subgraph g1["Data"]',
        '    n1["Blob"]:::stays',
        '  end',
        '  classDef new fill:#dafbe1,stroke:#1a7f37,color:#1f2328;',
        '  classDef stays fill:#f6f8fa,stroke:#59636e,color:#1f2328;',
        '  classDef group fill:none,stroke:#8c959f,stroke-dasharray:4 3;',
        '  class g0,g1 group;',
      ].join('\n'),
    );
    expect(legend(boxes)).toBe('➕ new, the rest stays as it is');
  });

  it('draws one arrow to a group that is used whole, one to each box of another, and none to what is not drawn', () => {
    const boxes = [
      box('aks', 'cluster', ['a', 'b', 'c', 'gone']),
      box('a', 'data'),
      box('b', 'data'),
      box('c', 'network'),
      box('d', 'network'),
    ];
    expect(arrows(boxes)).toEqual(['  n0 --> g2', '  n0 --> n3']);
  });

  it('writes what Mermaid could take for its own grammar by number', () => {
    expect(diagram([box('x', 'data', [], { label: 'a"];b<i>', name: '%%{`' })])).toContain(
      'n0["#10133; a#34;#93;#59;b#60;i#62;<br/>#37;#37;#123;#96;"]:::new',
    );
  });

  it('is none of nothing, and none of more than can be read', () => {
    expect(diagram([])).toBeUndefined();
    expect(diagram(Array.from({ length: 61 }, (_, index) => box(String(index), 'data')))).toBeUndefined();
  });
});

describe('a sentence with names from outside', () => {
  it('has no markup, and nothing in it is a mention, a reference or a link', () => {
    expect(prose('*a* @all #1 https://x.example www.x.example')).toBe(
      '\\*a\\* @\u200ball #\u200b1 https://\u200bx.example www.\u200bx.example',
    );
  });
});
