/** The demo site on its two origins: one that the demo project allows, one that it does not. */
import type { FastifyInstance } from 'fastify'
import { loadProjects } from '../../db/queries/projects.ts'
import { DEMO_KEY, seedDemo } from '../../db/seed.ts'
import { buildDemoSite } from '../../demo-site/server.ts'
import type { Config } from '../config.ts'
import { open, sealContext } from '../tokens/vault.ts'
import { auditSeed } from './audit.ts'
import { listen } from './listen.ts'

export interface Demo {
  allowedPort: number
  roguePort: number
  close(): Promise<void>
}

/** `port` is where Truetally itself listens. The demo project learns the allowed site’s origins; nothing is left open on a failure. */
export async function startDemo(app: FastifyInstance, config: Config, port: number): Promise<Demo> {
  await seedDemo(app.db, app.keys.vault, [], auditSeed)
  const identity = await currentIdentity(app)
  const options = { widgetOrigin: `http://localhost:${port}`, projectKey: DEMO_KEY, identity }
  const allowed = await buildDemoSite(options)
  const rogue = await buildDemoSite(options)
  const sites = { close: async () => void (await Promise.all([allowed.close(), rogue.close()])) }
  try {
    const allowedPort = await listen(allowed, config.host, config.demoPort, 'DEMO_PORT')
    const roguePort = await listen(rogue, config.host, config.demoRoguePort, 'DEMO_ROGUE_PORT')
    await seedDemo(app.db, app.keys.vault, [`http://localhost:${allowedPort}`, `http://127.0.0.1:${allowedPort}`])
    await app.projects.reload()
    return { allowedPort, roguePort, ...sites }
  } catch (error) {
    await sites.close()
    throw error
  }
}

/** The demo’s backend signs with the project’s own secret, as a customer’s would who was shown it at creation. */
async function currentIdentity(app: FastifyInstance): Promise<{ kid: string; secret: string }> {
  const { projects, secrets } = await loadProjects(app.db, app.clock())
  const project = projects.find(({ publicKey }) => publicKey === DEMO_KEY)
  const current = secrets.find(({ projectId, expiresAt }) => projectId === project?.id && expiresAt === null)
  if (current === undefined) throw new Error('the demo project has no current identity secret')
  return { kid: current.kid, secret: open(app.keys.vault, current.sealedSecret, sealContext.identity(DEMO_KEY, current.kid)).toString() }
}
