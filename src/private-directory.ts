import { constants } from 'node:fs';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * A directory only this user can enter (0700), for files that hold secrets (0600): tfvars, kubeconfig, values.
 * The post step removes it by path even when this process was killed, so its name is announced before anything is put inside.
 */
export class PrivateDirectory {
  private constructor(readonly path: string) {}

  /** @param announce called with the path before any file exists. */
  static async create(parent: string, announce: (directory: string) => void): Promise<PrivateDirectory> {
    const directory = await mkdtemp(path.join(parent, 'langsmith-azure-'));
    await chmod(directory, 0o700);
    announce(directory);
    return new PrivateDirectory(directory);
  }

  /** Writes a new 0600 file and returns its absolute path. Refuses symbolic links; replaces a file of the same name. */
  async writeFile(name: string, content: string): Promise<string> {
    const file = path.join(this.path, name);
    await rm(file, { force: true });
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    try {
      await handle.writeFile(content, 'utf8');
    } finally {
      await handle.close();
    }
    return file;
  }

  async remove(): Promise<void> {
    await removePrivateDirectory(this.path);
  }
}

/** Removes what {@link PrivateDirectory.create} made; already gone is fine. */
export async function removePrivateDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
