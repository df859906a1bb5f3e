/**
 * `app.changes`: what other nodes changed, by LISTEN/NOTIFY. A cache subscribes to a topic and reloads; after a broken
 * connection, and every half minute in case one went unnoticed, everybody reloads.
 */
import fp from 'fastify-plugin'
import { Client } from 'pg'
import { announceChange, listenForChanges } from '../../db/queries/changes.ts'

const SAFETY_MS = 30_000
const RECONNECT_MS = 1000
export type Topic = 'projects' | 'blocks' | 'cohorts' | 'board'

export interface Changes {
  on(topic: Topic, reload: (subject: string | undefined) => Promise<void>): void
  /** Tells every node, this one included. */
  publish(topic: Topic, subject?: string): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    changes: Changes
  }
}

export default fp<{ databaseUrl: string }>(
  async (app, { databaseUrl }) => {
    const subscribers: { topic: Topic; reload: (subject: string | undefined) => Promise<void> }[] = []
    let client: Client | undefined
    let closing = false
    let retry: NodeJS.Timeout | undefined

    const reload = async (topic: string | undefined, subject: string | undefined): Promise<void> => {
      for (const subscriber of subscribers) {
        if (topic !== undefined && subscriber.topic !== topic) continue
        try {
          await subscriber.reload(subject)
        } catch (error) {
          app.log.error({ err: error, topic: subscriber.topic }, 'could not reload after a change; the next reload will')
        }
      }
    }
    const listen = async (): Promise<void> => {
      const connection = new Client({ connectionString: databaseUrl, application_name: 'truetally listen', keepAlive: true })
      connection.on('error', (error) => {
        app.log.warn({ err: error }, 'the change listener lost its connection')
        lost(connection)
      })
      connection.on('end', () => lost(connection))
      connection.on('notification', ({ payload = '' }) => {
        const [topic, subject] = payload.split(':')
        void reload(topic, subject)
      })
      await connection.connect()
      if (closing) {
        // The close came while this was connecting, and could not end what it did not see.
        await connection.end()
        return
      }
      await listenForChanges(connection)
      client = connection
    }
    const lost = (connection: Client): void => {
      if (closing || retry !== undefined || (client !== undefined && client !== connection)) return
      client = undefined
      retry = setTimeout(() => {
        retry = undefined
        listen().then(() => reload(undefined, undefined), () => lost(connection))
      }, RECONNECT_MS)
    }

    app.decorate('changes', {
      on: (topic, reloadTopic) => void subscribers.push({ topic, reload: reloadTopic }),
      publish: async (topic, subject) => {
        await announceChange(app.db, subject === undefined ? topic : `${topic}:${subject}`)
      },
    })
    await listen()
    const safety = setInterval(() => void reload(undefined, undefined), SAFETY_MS)
    safety.unref()
    app.addHook('onClose', async () => {
      closing = true
      clearInterval(safety)
      clearTimeout(retry)
      await client?.end()
    })
  },
  { name: 'changes', dependencies: ['database'] },
)
