/** What the browsers visit: the real server as it is shipped, work and all, and the demo site on an origin that it allows. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from '../../../server/app.ts'
import { readRules } from '../../../server/commands/rule-files.ts'
import { startDemo } from '../../../server/commands/demo.ts'
import { listen } from '../../../server/commands/listen.ts'
import { createOperatorToken } from '../../../server/commands/operator-token.ts'
import { readConfig } from '../../../server/config.ts'
import { defaultPolicy } from '../../../server/gate/policies/default.ts'
import type { Vote } from '../../../server/contract/moderation.ts'
import { PROJECT, createOperator } from '../../e2e/operator.ts'
import type { Databases } from '../simulator/databases.ts'

export interface Ground {
  /** Origin of the server. */
  readonly widget: string
  /** Origin of the demo site, which the project allows. */
  readonly site: string
  /** The item that every visit votes for. */
  readonly item: { id: string; title: string }
  /** As a moderator sees the vote that came from this address; undefined until there is one. */
  findVote(address: string): Promise<Vote | undefined>
  /** Lets the watch look for cohorts now. */
  watch(): Promise<void>
  close(): Promise<void>
}

const WIDGET_DIR = fileURLToPath(new URL('../../../dist/widget', import.meta.url))
const MASTER_SECRET = 'a master secret that only driven browsers use'

/** One for each client: nobody is judged by what another did. @throws RangeError when the widget has not been built */
export async function openGround(databases: Pick<Databases, 'create'>): Promise<Ground> {
  if (!existsSync(join(WIDGET_DIR, 'widget.js'))) throw new RangeError('There is no widget yet: npm run build')
  const database = await databases.create()
  const app = await buildApp({
    rules: await readRules({ rulesDir: undefined }),
    databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-attack', logLevel: 'silent',
    policy: defaultPolicy, trustedProxies: ['127.0.0.0/8', '::1/128'],
    // Cohorts are looked for at the end, so that the table says what each vote alone gave away.
    watchEveryMs: 0,
    // A browser that starts on two cores is load that no visitor brings.
    pressure: { read: () => false },
  })
  const port = await listen(app, '127.0.0.1', 0, 'PORT')
  const demo = await startDemo(app, readConfig({ DEMO_PORT: '0', DEMO_ROGUE_PORT: '0' }), port)
  const widget = `http://localhost:${port}`
  const token = await createOperatorToken(app.db, { name: 'browsers', role: 'admin', projectId: 0 })
  const operator = createOperator(widget, token)
  await operator.configure({ fingerprint: 'on' })
  const item = (await operator.listItems()).find(({ status }) => status !== 'shipped' && status !== 'declined')
  if (item === undefined) throw new Error('the demo board has no item that takes votes')
  return {
    widget,
    site: `http://localhost:${demo.allowedPort}`,
    item: { id: item.id, title: item.title },
    async findVote(address) {
      const response = await fetch(`${widget}/api/moderation/v1/votes?${new URLSearchParams({ project: PROJECT, item: item.id, ip: address })}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      if (!response.ok) throw new Error(`the votes answered ${response.status}: ${await response.text()}`)
      return (await response.json() as { votes: Vote[] }).votes[0]
    },
    watch: () => app.watch.tick(),
    async close() {
      await demo.close()
      await app.close()
      await database.drop()
    },
  }
}
