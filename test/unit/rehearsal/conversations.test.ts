import { describe, expect, it } from '@jest/globals';
import { Conversations } from '../../../rehearsal/conversations.js';
import { World } from '../../../rehearsal/world/world.js';

const body = (run: number, text: string): string =>
  `<!-- langsmith-azure drift of production by run ${run} attempt 1 -->\n${text} https://github.com/a/b/actions/runs/${run}`;

describe('what a rehearsal shows of GitHub', () => {
  it('is what was opened, said, changed and closed, and not that only another run wrote it', async () => {
    const { github } = await World.create();
    github.openIssue({ author: 'mona', title: 'old', body: '' });
    const conversations = new Conversations(github);
    const headings = (): string[] => conversations.news().map(({ heading }) => heading);
    expect(headings()).toEqual([]);
    const issue = github.openIssue({ author: 'github-actions[bot]', title: 'drift', body: body(1, 'one') });
    expect(headings()).toEqual(['github-actions[bot] opened issue 102: drift']);
    issue.body = body(2, 'one');
    expect(headings()).toEqual([]);
    issue.body = body(3, 'two');
    github.comments.push({ id: 1, issue: 102, author: 'github-actions[bot]', body: 'two' });
    github.comments.push({ id: 2, issue: 7, author: 'mona', body: 'plan' });
    expect(headings()).toEqual([
      'github-actions[bot] on issue 102',
      'mona on pull request 7',
      'github-actions[bot] changed issue 102: drift',
    ]);
    issue.state = 'closed';
    const [closed] = conversations.news();
    expect(closed).toEqual({ heading: 'github-actions[bot] closed issue 102: drift', text: '', file: 'comment-5.md' });
  });
});
