/**
 * The SDKs the action uses, run as a step would run them: proxy and authority from the environment, nothing faked.
 * Usage: client.ts OPERATION ARGS...; prints one line `RESULT {"value": ...}` or `RESULT {"error": "..."}`.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as core from '@actions/core';
import { ClientAssertionCredential } from '@azure/identity';

const AUDIENCE = 'api://AzureADTokenExchange';

function credential(tenantId: string, clientId: string): ClientAssertionCredential {
  return new ClientAssertionCredential(tenantId, clientId, () => core.getIDToken(AUDIENCE), { retryOptions: { maxRetries: 0 } });
}

const operations: Record<string, (...args: string[]) => Promise<unknown>> = {
  'id-token': (audience = AUDIENCE) => core.getIDToken(audience),

  token: async (tenantId = '', clientId = '', scope = '') => credential(tenantId, clientId).getToken(scope),

  secrets: async (tenantId = '', clientId = '', vault = '') => {
    const { SecretClient } = await import('@azure/keyvault-secrets');
    const vaultClient = new SecretClient(vault, credential(tenantId, clientId));
    const names: string[] = [];
    for await (const page of vaultClient.listPropertiesOfSecrets().byPage({ maxPageSize: 2 })) names.push(...page.map(({ name }) => name));
    const [first] = names;
    const newest = first === undefined ? undefined : await vaultClient.getSecret(first);
    const missing = await vaultClient.getSecret('not-there').then(
      () => undefined,
      (error: unknown) => (error as { code?: string }).code,
    );
    return { names, value: newest?.value, version: newest?.properties.version, missing };
  },

  comments: async (repository = '', issue = '') => {
    const { getOctokit } = await import('@actions/github');
    const [owner = '', repo = ''] = repository.split('/');
    const octokit = getOctokit(process.env['GITHUB_TOKEN'] ?? '');
    const target = { owner, repo, issue_number: Number(issue) };
    for (let count = 1; count <= 5; count += 1) await octokit.rest.issues.createComment({ ...target, body: `comment ${count}` });
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...target, per_page: 2 });
    const last = all.at(-1);
    await octokit.rest.issues.updateComment({ owner, repo, comment_id: last?.id ?? 0, body: 'changed' });
    const tooLong = await octokit.rest.issues
      .createComment({ ...target, body: 'x'.repeat(65_537) })
      .catch((error: unknown) => String(error));
    const environment = await octokit.rest.repos.getEnvironment({ owner, repo, environment_name: 'production' });
    return { bodies: all.map(({ body }) => body), tooLong, rules: environment.data.protection_rules?.map((rule) => rule.type) };
  },

  issues: async (repository = '') => {
    const { getOctokit } = await import('@actions/github');
    const [owner = '', repo = ''] = repository.split('/');
    const { rest, paginate } = getOctokit(process.env['GITHUB_TOKEN'] ?? '');
    for (let count = 1; count <= 5; count += 1) await rest.issues.create({ owner, repo, title: `issue ${count}`, body: 'x' });
    const list = (state: 'open' | 'closed' | 'all'): Promise<{ number: number; title: string; state: string }[]> =>
      paginate(rest.issues.listForRepo, { owner, repo, state, per_page: 2 });
    const number = (await list('open'))[0]?.number ?? 0;
    await rest.issues.createComment({ owner, repo, issue_number: number, body: 'said' });
    await rest.issues.update({ owner, repo, issue_number: number, title: 'done', state: 'closed', state_reason: 'completed' });
    const refusals = await Promise.all(
      [
        { title: '', body: 'x' },
        { title: 'x'.repeat(257), body: 'x' },
        { title: 'x', body: 'x'.repeat(65_537) },
      ].map((issue) => rest.issues.create({ owner, repo, ...issue }).catch((error: unknown) => String(error))),
    );
    const titles = async (state: 'open' | 'closed' | 'all'): Promise<string[]> => (await list(state)).map(({ title }) => title);
    return { open: await titles('open'), closed: await titles('closed'), all: (await titles('all')).length, refusals };
  },

  cache: async (directory = '') => {
    const { saveCache, restoreCache } = await import('@actions/cache');
    process.chdir(directory);
    await mkdir('cached', { recursive: true });
    await writeFile(path.join('cached', 'file.txt'), 'kept');
    const saved = await saveCache(['cached'], 'tools-linux-1');
    const again = await saveCache(['cached'], 'tools-linux-1');
    await rm('cached', { recursive: true });
    const missed = await restoreCache(['cached'], 'other', []);
    const hit = await restoreCache(['cached'], 'tools-linux-2', ['tools-linux-']);
    return { saved, again, missed: missed ?? null, hit, content: await readFile(path.join('cached', 'file.txt'), 'utf8') };
  },
};

const [, , name = '', ...args] = process.argv;
const operation = operations[name];
if (!operation) throw new Error(`client.ts has no operation ${name}`);
const result = await operation(...args).then(
  (value) => ({ value }),
  (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
);
process.stdout.write(`\nRESULT ${JSON.stringify(result)}\n`);
