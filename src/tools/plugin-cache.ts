import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type * as CacheService from '@actions/cache';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';

/**
 * Terraform's provider plugins between jobs: a pass is a job of its own, and azurerm alone is some 200 MB. The key is the lock file,
 * so a cache entry can only ever hold what that file's checksums admit. The cache is a help: when it does not answer, init downloads.
 */
export class PluginCache {
  #restored = false;

  private constructor(
    readonly directory: string,
    private readonly key: string,
    private readonly log: Log,
  ) {}

  /** @param parent directory that outlives the step, normally the runner's tool cache. */
  static async open(parent: string, lockFile: string, log: Log): Promise<PluginCache> {
    const digest = createHash('sha256')
      .update(await readFile(lockFile))
      .digest('hex');
    const directory = path.join(parent, 'langsmith-azure', 'terraform-plugins');
    await mkdir(directory, { recursive: true });
    const cache = new PluginCache(directory, `langsmith-azure-terraform-${process.platform}-${process.arch}-${digest}`, log);
    await cache.#restore();
    return cache;
  }

  /** Keeps what init downloaded for the next job. */
  async save(): Promise<void> {
    if (this.#restored || (await this.#isEmpty())) return;
    await this.#ask((service) => service.saveCache([this.directory], this.key));
  }

  async #restore(): Promise<void> {
    this.#restored =
      !(await this.#isEmpty()) || (await this.#ask((service) => service.restoreCache([this.directory], this.key))) !== undefined;
  }

  async #isEmpty(): Promise<boolean> {
    return (await readdir(this.directory)).length === 0;
  }

  async #ask<T>(question: (service: typeof CacheService) => Promise<T>): Promise<T | undefined> {
    try {
      const service = await import('@actions/cache');
      return service.isFeatureAvailable() ? await question(service) : undefined;
    } catch (error) {
      this.log.debug(`the cache service did not help: ${messageOf(error)}`);
      return undefined;
    }
  }
}
