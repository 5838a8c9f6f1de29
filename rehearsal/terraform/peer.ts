import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Working directory of the terraform at the other end of a loopback connection. A provider that terraform starts itself inherits it, and
 * resolves relative paths against it; this one is told nothing. Linux only.
 * @param peer `127.0.0.1:port` as gRPC names it.
 */
export async function workingDirectoryOf(peer: string): Promise<string> {
  const inode = await inodeOf(Number(peer.slice(peer.lastIndexOf(':') + 1)));
  for (const process of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const handles = await readdir(`/proc/${process}/fd`).catch(() => []);
    for (const handle of handles) {
      const target = await readlink(`/proc/${process}/fd/${handle}`).catch(() => '');
      if (target === `socket:[${inode}]`) return readlink(`/proc/${process}/cwd`);
    }
  }
  throw new Error(`nobody owns the connection from ${peer}`);
}

/** Inode of the socket that is bound to a local port. Columns of /proc/net/tcp: slot, local address, remote address, …, inode (10th). */
async function inodeOf(port: number): Promise<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')));
  for (const line of tables.flatMap((table) => table.split('\n'))) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    // 01: established.
    if (local.endsWith(`:${wanted}`) && state === '01' && inode !== undefined) return inode;
  }
  throw new Error(`no connection comes from port ${port}; the working directory of terraform is found on Linux only`);
}
