import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './main.js';

await main(process.env, path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
// The WebAssembly parser keeps the event loop alive; everything awaited is done.
process.exit();
