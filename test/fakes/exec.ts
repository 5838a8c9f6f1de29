import type { Exec, ExecOptions, ExecResult } from '../../src/tools/exec.js';

export interface Call {
  readonly program: string;
  /** Without the flags that name the cluster and bound the request: every call carries those. */
  readonly args: readonly string[];
  /** As given. */
  readonly rawArgs: readonly string[];
  readonly options: ExecOptions;
}

type Answer = string | Partial<ExecResult> | ((call: Call) => string | Partial<ExecResult>);

const CLUSTER_FLAG = /^--(kubeconfig|context|kube-context|request-timeout)=/;

/** Programs that exist only as modelled answers. A call nobody modelled throws and names itself. */
export class FakeExec {
  readonly calls: Call[] = [];
  readonly #models: { readonly pattern: RegExp; readonly answers: Answer[] }[] = [];

  /**
   * Models calls whose `program arg arg …` matches. Several answers are given one after another, the last one for ever.
   * A later model of the same call goes before an earlier one.
   */
  on(pattern: RegExp, ...answers: Answer[]): this {
    this.#models.unshift({ pattern, answers });
    return this;
  }

  readonly exec: Exec = async (program, rawArgs, options = {}) => {
    const call = { program, rawArgs, args: rawArgs.filter((arg) => !CLUSTER_FLAG.test(arg)), options };
    const line = [program, ...call.args].join(' ');
    const model = this.#models.find(({ pattern }) => pattern.test(line));
    const answer = model === undefined || model.answers.length < 2 ? model?.answers[0] : model.answers.shift();
    if (answer === undefined) throw new Error(`no test modelled this call: ${line}`);
    this.calls.push(call);
    const result = typeof answer === 'function' ? answer(call) : answer;
    return { code: 0, stdout: '', stderr: '', ...(typeof result === 'string' ? { stdout: result } : result) };
  };

  /** Calls whose line matches, in order. */
  matching(pattern: RegExp): Call[] {
    return this.calls.filter((call) => pattern.test([call.program, ...call.args].join(' ')));
  }
}
