import { cleanUp } from './clean-up.js';

await cleanUp(process.env);
