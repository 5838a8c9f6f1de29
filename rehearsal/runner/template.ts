import { NoOperationTraceWriter, isString } from '@actions/workflow-parser';
import { ACTION_ROOT } from '@actions/workflow-parser/actions/action-constants';
import { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import { StringToken, type LiteralToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import { WORKFLOW_ROOT } from '@actions/workflow-parser/workflows/workflow-constants';
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';
import { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader';

/**
 * GitHub's YAML reader, made for execution. As published it serves editors: text over several lines that holds an expression keeps
 * the indentation of the file, so that positions can be told. A script has to be what YAML says it is.
 */
class ExecutionReader extends YamlObjectReader {
  override allowLiteral(): LiteralToken | undefined {
    const token = super.allowLiteral();
    if (token === undefined || !isString(token) || token.source?.includes('\n') !== true) return token;
    return new StringToken(token.file, token.range, token.value, token.definitionInfo, undefined);
  }
}

/**
 * Read a workflow or an action file against GitHub's schema.
 * @param name how problems name the file
 * @returns the file as tokens, and the context that holds what is wrong with it
 */
export function readTokens(
  kind: 'workflow' | 'action',
  name: string,
  content: string,
): { context: TemplateContext; value: TemplateToken | undefined } {
  const schema = kind === 'workflow' ? getWorkflowSchema() : getActionSchema();
  const context = new TemplateContext(new TemplateValidationErrors(), schema, new NoOperationTraceWriter());
  const file = context.getFileId(name);
  const reader = new ExecutionReader(file, content);
  for (const { message, range } of reader.errors) context.error(file, message, range);
  if (reader.errors.length > 0) return { context, value: undefined };
  return { context, value: readTemplate(context, kind === 'workflow' ? WORKFLOW_ROOT : ACTION_ROOT, reader, file) };
}
