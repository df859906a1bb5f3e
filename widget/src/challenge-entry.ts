/** The lazy script `challenge.js`: evidence and proof of work, for `challenge.ts` to call. It loads with the first interest. */
import { createChallengeKit } from './challenge/kit.ts'
import { pageRegistry } from './lazy-script.ts'

pageRegistry().challenge = createChallengeKit
