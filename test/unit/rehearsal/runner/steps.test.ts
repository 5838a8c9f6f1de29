import { describe, expect, it } from '@jest/globals';
import { job, runMain, step } from './scene.js';

/** One job with these steps, as YAML flow entries. */
const steps = (list: string, more = ''): string => `on: push\n${more}\njobs:\n  a:\n    runs-on: x\n    steps:\n${list}`;

describe('steps', () => {
  it('run a script as YAML says it is, expressions or not', async () => {
    const result = await runMain(
      steps(`
      - id: block
        run: |
          cat <<END
          \${{ github.event_name }}
            deeper
          END
      - id: folded
        run: >-
          echo \${{ github.event_name }}
          joined
`),
    );
    expect(step(result, 'a', 'block').log.slice(-2)).toEqual(['push', '  deeper']);
    expect(step(result, 'a', 'folded').log.at(-1)).toBe('push joined');
  });

  it('hand on outputs, environment and PATH through files', async () => {
    const result = await runMain(
      steps(`
      - id: write
        shell: bash
        run: |
          mkdir bin; printf '#!/bin/sh\\necho tool' > bin/tool; chmod +x bin/tool; echo "$PWD/bin" >> "$GITHUB_PATH"
          printf 'TEXT<<END\\none\\ntwo\\nEND\\nPLAIN=three\\n' >> "$GITHUB_ENV"; echo "x=1" >> "$GITHUB_OUTPUT"
      - { id: read, run: 'tool; echo "$TEXT-$PLAIN-$OWN-\${{ env.PLAIN }}-\${{ steps.write.outputs.x }}"', env: { OWN: 'o\${{ env.PLAIN }}' } }
`),
    );
    expect(step(result, 'a', 'read').log.slice(-3)).toEqual(['tool', 'one', 'two-three-othree-three-1']);
  });

  it('start from a clean environment, with the runner variables on top', async () => {
    process.env.RUNNER_TEST_LEAK = 'host';
    const result = await runMain(
      steps(
        `      - { id: env, run: 'echo "leak=[$RUNNER_TEST_LEAK] home=\${HOME##*/} $FROM_OPTIONS $GITHUB_REPOSITORY $GITHUB_EVENT_NAME $CI"; echo "$PATH" | cut -d: -f1' }`,
      ),
      { environment: { FROM_OPTIONS: 'given', PATH: '/fake/bin' } },
    );
    delete process.env.RUNNER_TEST_LEAK;
    expect(step(result, 'a', 'env').log.slice(-2)).toEqual(['leak=[] home=home given contoso/platform push true', '/fake/bin']);
  });

  it('choose the shell GitHub would: pipes fail only in an explicit bash', async () => {
    const result = await runMain(
      steps(`
      - { id: plain, run: 'false | true' }
      - { id: bash, run: 'false | true', shell: bash, continue-on-error: true }
      - { id: node, run: 'console.log(6 * 7)', shell: 'node {0}' }
      - { id: odd, run: 'x', shell: pwsh, continue-on-error: true }
      - { id: where, run: 'pwd', working-directory: /, if: steps.bash.outcome == 'failure' && steps.bash.conclusion == 'success' }
`),
    );
    expect(result.conclusion).toBe('success');
    expect(step(result, 'a', 'plain').outcome).toBe('success');
    expect(step(result, 'a', 'bash')).toMatchObject({ outcome: 'failure', conclusion: 'success' });
    expect(step(result, 'a', 'node').log).toContain('42');
    expect(step(result, 'a', 'odd').log.join()).toContain("Invalid shell option 'pwsh'");
    expect(step(result, 'a', 'where').log.at(-1)).toBe('/');
  });

  it('follow if: after a failure only failure() and always() run', async () => {
    const result = await runMain(
      steps(`
      - { id: bad, run: exit 1 }
      - { id: plain, run: echo no }
      - { id: rescue, run: echo yes, if: failure() }
      - { id: always, run: 'echo \${{ job.status }}', if: always() }
      - { id: never, run: echo no, if: cancelled() }
`),
    );
    expect(job(result, 'a').steps.map(({ id, outcome }) => `${id}:${outcome}`)).toEqual([
      '__setup:success',
      'bad:failure',
      'plain:skipped',
      'rescue:success',
      'always:success',
      'never:skipped',
      '__complete:success',
    ]);
    expect(step(result, 'a', 'always').log.at(-1)).toBe('failure');
  });

  it('fail on a command file that cannot be read and on refused commands', async () => {
    const result = await runMain(
      steps(`
      - { id: file, run: 'echo broken >> "$GITHUB_ENV"', continue-on-error: true }
      - { id: node, run: 'echo NODE_OPTIONS=x >> "$GITHUB_ENV"', continue-on-error: true }
      - { id: old, run: 'echo "::set-output name=a::b"', continue-on-error: true }
`),
    );
    expect(step(result, 'a', 'file').log).toContain("##[error]Invalid format 'broken'");
    for (const id of ['file', 'node', 'old']) expect(step(result, 'a', id).outcome).toBe('failure');
  });

  it('stop when their time is up, and the job when its is', async () => {
    const result = await runMain(
      steps(`      - { id: slow, run: sleep 30, timeout-minutes: 0.01 }\n      - { id: after, run: 'true', if: failure() }`),
    );
    expect(step(result, 'a', 'slow')).toMatchObject({ outcome: 'failure' });
    expect(step(result, 'a', 'slow').log.at(-1)).toBe("##[error]The action 'Run sleep 30' has timed out after 0.01 minutes.");
    expect(step(result, 'a', 'after').outcome).toBe('success');

    const whole = await runMain(
      `on: push\njobs: { a: { runs-on: x, timeout-minutes: 0.01, steps: [{ id: slow, run: "trap '' INT TERM; sleep 30 & wait; sleep 30" }] } }`,
    );
    expect(job(whole, 'a')).toMatchObject({
      conclusion: 'cancelled',
      reason: 'The job has exceeded the maximum execution time of 0.01 minutes',
    });
    expect(step(whole, 'a', 'slow').durationMs).toBeLessThan(8000);
  });

  it('go on when aborted only where always() or cancelled() says so', async () => {
    const abort = new AbortController();
    const result = await runMain(
      steps(`
      - { id: first, if: always(), run: 'echo ready; sleep 0.5; echo kept' }
      - { id: second, run: echo no }
      - { id: third, run: 'echo \${{ job.status }}', if: cancelled() }
`),
      { signal: abort.signal, onEvent: (event) => (event.type === 'log' && event.line === 'ready' ? abort.abort('enough') : undefined) },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(step(result, 'a', 'first')).toMatchObject({ outcome: 'success' });
    expect(step(result, 'a', 'first').log).toContain('kept');
    expect(step(result, 'a', 'second').outcome).toBe('skipped');
    expect(step(result, 'a', 'third').log.at(-1)).toBe('cancelled');
  });
});

describe('secrets', () => {
  const secrets = { TOKEN: 'tok-5up3r', KEY: '-----BEGIN\nabcdef123\n-----END' };

  it('never show in log, annotations, names or summary, but do in the raw log', async () => {
    const result = await runMain(
      steps(`
      - id: leak
        name: uses \${{ secrets.TOKEN }}
        env: { KEY: '\${{ secrets.KEY }}' }
        run: |
          echo "it is \${{ secrets.TOKEN }}"; echo "$KEY" | sed -n 2p; echo "::error title=tok-5up3r::bad tok-5up3r"
          echo "# tok-5up3r abcdef123" >> "$GITHUB_STEP_SUMMARY"
          echo "::add-mask::late-value"; echo "got late-value"
`),
      { secrets },
    );
    const leak = step(result, 'a', 'leak');
    expect(leak.name).toBe('uses ***');
    expect(leak.log).toEqual(expect.arrayContaining(['it is ***', '***', '##[error]bad ***', 'got ***']));
    expect([...leak.log, JSON.stringify(leak.annotations), leak.summary, leak.name].join('\n')).not.toMatch(
      /tok-5up3r|abcdef123|got late-value$/m,
    );
    expect(leak.summary).toBe('# *** ***\n');
    expect(leak.rawLog).toEqual(expect.arrayContaining(['it is tok-5up3r', 'abcdef123', '::add-mask::late-value']));
  });

  it('are not handed on in job outputs', async () => {
    const result = await runMain(
      `
on: push
jobs:
  a:
    runs-on: x
    outputs: { safe: '\${{ steps.o.outputs.safe }}', leaked: '\${{ steps.o.outputs.leaked }}' }
    steps: [{ id: o, run: 'echo "safe=yes" >> "$GITHUB_OUTPUT"; echo "leaked=x-\${{ secrets.TOKEN }}" >> "$GITHUB_OUTPUT"' }]
`,
      { secrets },
    );
    expect(job(result, 'a').outputs).toEqual({ safe: 'yes' });
    expect(step(result, 'a', 'Complete job').annotations).toEqual([
      expect.objectContaining({ level: 'warning', message: "Skip output 'leaked' since it may contain secret." }),
    ]);
  });

  it('stay away from pull requests of forks, and so does every write permission', async () => {
    const result = await runMain(
      `
on: pull_request
permissions: { id-token: write, pull-requests: write, contents: read }
jobs: { a: { runs-on: x, steps: [{ id: see, run: 'echo "[\${{ secrets.TOKEN }}] [$ACTIONS_ID_TOKEN_REQUEST_URL] $GITHUB_REF"' }] } }
`,
      {
        secrets,
        event: {
          name: 'pull_request',
          payload: { number: 7, pull_request: { head: { ref: 'x', repo: { full_name: 'mallory/platform' } } } },
        },
      },
    );
    expect(step(result, 'a', 'see').log.at(-1)).toBe('[] [] refs/pull/7/merge');
    expect(job(result, 'a').permissions).toMatchObject({ 'id-token': 'none', 'pull-requests': 'read', contents: 'read' });
  });

  it('drops a summary that is too large, with an error and without failing', async () => {
    const result = await runMain(steps(`      - { id: big, run: 'head -c 1100000 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"' }`));
    expect(step(result, 'a', 'big')).toMatchObject({ outcome: 'success', summary: '' });
    expect(step(result, 'a', 'big').annotations[0]?.message).toContain('supports content up to a size of 1024k, got 1075k');
  });
});
