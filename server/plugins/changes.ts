/**
 * `app.changes`: what other nodes changed, by LISTEN/NOTIFY. A cache subscribes to a topic and reloads; after a broken
 * connection, and every half minute in case one went unnoticed, everybody reloads.
 *
 * A connection can die without a word (a cable, a firewall that forgot it), or be one that hears nothing (a pooler in between). So the
 * listener tells itself something every other second: three times unheard, and it is given up for a new one, within eight seconds.
 */
import { randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { Client } from 'pg'
import { announceChange, listenForChanges } from '../../db/queries/changes.ts'

const REREAD_MS = 30_000
const RECONNECT_MS = 1000
const CONNECT_TIMEOUT_MS = 5000
const CLOSE_MS = 1000
const PULSE_MS = 2000
const MAX_UNHEARD = 3
export type Topic = 'projects' | 'blocks' | 'cohorts' | 'board' | 'modes'

export interface Changes {
  /** `first`: before those that are there already. */
  on(topic: Topic, reload: (subject: string | undefined) => Promise<void>, first?: boolean): void
  /** Tells every node, this one included. */
  publish(topic: Topic, subject?: string): Promise<void>
  /** Whether there is a connection that hears what is announced, as far as is known. */
  readonly listening: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    changes: Changes
  }
}

export default fp<{ databaseUrl: string; pulseMs?: number | undefined; rereadMs?: number | undefined }>(
  async (app, { databaseUrl, pulseMs = PULSE_MS, rereadMs = REREAD_MS }) => {
    const pulse = `pulse:${randomUUID()}`
    const subscribers: { topic: Topic; reload: (subject: string | undefined) => Promise<void> }[] = []
    let client: Client | undefined
    /** Of `client`: pg has no way to give up a connection that does not answer. */
    let socket: Socket | undefined
    let unheard = 0
    let beatUnderWay = false
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
      const stream = new Socket()
      const connection = new Client({
        connectionString: databaseUrl, application_name: 'truetally listen', keepAlive: true, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, stream: () => stream,
      })
      connection.on('error', (error) => {
        app.log.warn({ err: error }, 'the change listener lost its connection')
        lost(connection)
      })
      connection.on('end', () => lost(connection))
      connection.on('notification', ({ payload = '' }) => {
        unheard = 0
        if (payload.startsWith('pulse:')) return
        const [topic, subject] = payload.split(':')
        void reload(topic, subject)
      })
      await connection.connect()
      if (closing) {
        // The close came while this was connecting, and could not end what it did not see.
        await connection.end()
        return
      }
      // From here on it is watched over.
      client = connection
      socket = stream
      unheard = 0
      await listenForChanges(connection)
    }
    const lost = (connection: Client): void => {
      // The end of one that was given up may be heard only while the next one is made, which would then be one of two.
      if (closing || client !== connection) return
      client = undefined
      listenLater()
    }
    const listenLater = (): void => {
      if (closing || retry !== undefined) return
      retry = setTimeout(() => {
        retry = undefined
        // One that was connected and could not listen is heard to end, or hears no pulse.
        listen().then(() => reload(undefined, undefined), () => client === undefined && listenLater())
      }, RECONNECT_MS)
    }

    app.decorate('changes', {
      on: (topic, reloadTopic, first = false) => {
        const subscriber = { topic, reload: reloadTopic }
        if (first) subscribers.unshift(subscriber)
        else subscribers.push(subscriber)
      },
      publish: async (topic, subject) => {
        await announceChange(app.db, subject === undefined ? topic : `${topic}:${subject}`)
      },
      get listening() {
        return client !== undefined
      },
    })
    await listen()
    const safety = setInterval(() => void reload(undefined, undefined), rereadMs)
    safety.unref()
    const beat = (): void => {
      if (client === undefined) return
      if (unheard < MAX_UNHEARD) {
        unheard += 1
        if (beatUnderWay) return
        beatUnderWay = true
        // Not heard is what counts, whatever the reason.
        announceChange(client, pulse).catch(() => undefined).finally(() => (beatUnderWay = false))
        return
      }
      app.log.warn('the change listener hears nothing any more; it gets a new connection')
      const silent = client
      socket?.destroy()
      lost(silent)
    }
    const beating = setInterval(beat, pulseMs)
    beating.unref()
    app.addHook('onClose', async () => {
      closing = true
      clearInterval(safety)
      clearInterval(beating)
      clearTimeout(retry)
      // One that does not answer would never be heard to end.
      const patience = setTimeout(() => socket?.destroy(), CLOSE_MS)
      await client?.end()
      clearTimeout(patience)
    })
  },
  { name: 'changes', dependencies: ['database'] },
)
