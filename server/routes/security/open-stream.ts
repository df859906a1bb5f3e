/** One open stream: what it missed first, then what the tail hands over, for the projects it may see; bounded, and cut off when it cannot keep up. */
import type { FastifyReply } from 'fastify'
import type { EventRow } from '../../../db/queries/event-columns.ts'
import type { OpenAlert } from '../../../db/queries/event-status.ts'
import type { StreamEnd, StreamReset, StreamStatus, StreamedAlert } from '../../contract/event-stream.ts'
import { type StreamPoint, type StreamPosition, isWithin, writePosition } from '../../ledger/stream-position.ts'
import type { EventTail, TailStatus } from '../../plugins/event-tail.ts'
import { projectIdOf } from '../reach.ts'
import { eventOf } from './event-of.ts'

/** What waits for a client that does not read. */
const MOST_WAITING = 5000
const MOST_WAITING_BYTES = 4_000_000
/** Further back a client had better load its lists again. */
const LONGEST_AWAY_MS = 24 * 3_600_000
/** How long a closing line may take to leave. */
const FAREWELL_MS = 1000

interface Message {
  event: string
  data: string
  id?: string
}

export class EventStream {
  readonly #tail: EventTail
  readonly #reply: FastifyReply
  readonly #projectId: number | null
  #waiting: Message[] = []
  #bytes = 0
  #writing = false
  #ended = false
  /** While it reads what it missed: the tail is held back, so that ids never go forward past a row that has not been sent. */
  #held: Message[] | undefined
  #stop: (() => void) | undefined

  /** @param projectId null: every project and the installation */
  constructor(tail: EventTail, reply: FastifyReply, projectId: number | null) {
    this.#tail = tail
    this.#reply = reply
    this.#projectId = projectId
  }

  /** @param from where the client left off; null: somewhere unknown; undefined: it is new */
  async open(from: StreamPosition | null | undefined): Promise<void> {
    this.#held = from === undefined ? undefined : []
    const { position, status, stop } = await this.#tail.follow({
      events: (rows, next) => this.#sendEvents(rows, next),
      alerts: (changed) => this.#sendAlerts(changed),
      status: (news, at) => this.#sendStatus(news, at),
    })
    this.#stop = stop
    if (this.#ended) stop()
    this.#reply.sse.keepAlive()
    this.#reply.sse.sendHeaders()
    const reason = from === undefined ? undefined : whyNot(from, position)
    if (from === undefined || from === null || reason !== undefined) {
      if (reason !== undefined) this.#send({ event: 'reset', data: JSON.stringify({ reason } satisfies StreamReset), ...idOf(position) })
      this.#sendStatus(status, position)
      this.#release()
    } else {
      this.#sendStatus(status, from)
      // It runs on beside the answer, which has begun; what breaks it ends the stream, and the client comes again.
      this.#catchUp(from).catch(() => this.#cut())
    }
  }

  /** Says why, and closes. */
  end(reason: StreamEnd['reason']): void {
    if (this.#ended) return
    this.#send({ event: 'end', data: JSON.stringify({ reason } satisfies StreamEnd) })
    this.stop()
    const { raw } = this.#reply
    // A client that reads nothing does not hold up whoever closes.
    const timer = setTimeout(() => raw.destroy(), FAREWELL_MS)
    raw.once('close', () => clearTimeout(timer))
    if (!this.#writing) this.#reply.sse.close()
  }

  /** Nothing more is taken in. */
  stop(): void {
    this.#ended = true
    this.#held = undefined
    this.#stop?.()
  }

  async #catchUp(from: StreamPosition): Promise<void> {
    let at = from
    for (let isPresent = false; !isPresent && !this.#ended;) {
      const read = await this.#tail.readOn(at)
      at = read.next
      isPresent = read.isPresent
      this.#enqueue(this.#messagesOf(read.rows, at))
      await this.#drained()
    }
    this.#release()
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#enqueue(held)
  }

  #sendEvents(rows: readonly EventRow[], next: StreamPosition): void {
    this.#take(this.#messagesOf(rows, next))
  }

  /** The id comes with the last row: whoever is cut off before it gets all of them again. */
  #messagesOf(rows: readonly EventRow[], next: StreamPosition): Message[] {
    const own = rows.filter(({ projectId }) => this.#sees(projectId))
    return own.map((row, index) => ({ event: 'security-event', data: textOf(row), ...(index === own.length - 1 ? idOf(next) : {}) }))
  }

  #sendAlerts(changed: readonly OpenAlert[]): void {
    this.#take(changed.filter(({ projectId }) => this.#sees(projectId)).map(({ projectId, ...alert }) => ({
      event: 'alert', data: JSON.stringify({ ...alert, projectId: projectIdOf(projectId) } satisfies StreamedAlert),
    })))
  }

  /** It carries the position too: where nothing happens for hours, a client that comes again does not go back hours. */
  #sendStatus({ unreadCritical, openAlerts }: TailStatus, at: StreamPosition): void {
    const status: StreamStatus = {
      unreadCritical: [...unreadCritical].reduce((sum, [projectId, count]) => (this.#sees(projectId) ? sum + count : sum), 0),
      openAlerts: openAlerts.filter(({ projectId }) => this.#sees(projectId)).length,
    }
    // While it catches up, the tail's position is not yet its own.
    this.#enqueue([{ event: 'status', data: JSON.stringify(status), ...(this.#held === undefined ? idOf(at) : {}) }])
  }

  #sees(projectId: number): boolean {
    return this.#projectId === null || this.#projectId === projectId
  }

  #send(message: Message): void {
    this.#enqueue([message])
  }

  #take(messages: readonly Message[]): void {
    if (this.#held === undefined) this.#enqueue(messages)
    else if (this.#held.length + messages.length > MOST_WAITING) this.end('too_slow')
    else this.#held.push(...messages)
  }

  #enqueue(messages: readonly Message[]): void {
    if (this.#ended || messages.length === 0) return
    this.#waiting.push(...messages)
    this.#bytes += messages.reduce((sum, { data }) => sum + data.length, 0)
    if (this.#waiting.length > MOST_WAITING || this.#bytes > MOST_WAITING_BYTES) {
      // What waits is let go, and the client told so if it reads at all: it has the id of the last row it got.
      this.#waiting = []
      this.#bytes = 0
      this.end('too_slow')
      return
    }
    if (!this.#writing) void this.#write()
  }

  async #write(): Promise<void> {
    this.#writing = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined && this.#reply.sse.isConnected; next = this.#waiting.shift()) {
        this.#bytes -= next.data.length
        await this.#reply.sse.send(next)
      }
    } catch {
      // It closed in the middle: the close is heard by whoever opened it.
      this.stop()
    } finally {
      this.#writing = false
      for (const resolve of this.#awaiting.splice(0)) resolve()
      if (this.#ended) this.#reply.sse.close()
    }
  }

  readonly #awaiting: (() => void)[] = []
  #drained(): Promise<void> {
    return this.#writing ? new Promise((resolve) => void this.#awaiting.push(resolve)) : Promise.resolve()
  }

  #cut(): void {
    this.stop()
    this.#reply.raw.destroy()
  }
}

/** Of the tail’s rows each stream sends the same text. */
const texts = new WeakMap<EventRow, string>()
function textOf(row: EventRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = JSON.stringify(eventOf(row))
  texts.set(row, text)
  return text
}

function idOf(position: StreamPosition): { id?: string } {
  const id = writePosition(position)
  return id === null ? {} : { id }
}

/** null is a position that cannot be read at all. */
function whyNot(from: StreamPosition | null, present: StreamPoint): StreamReset['reason'] | undefined {
  if (from === null || !isWithin(from, present) || (from.page !== undefined && !isWithin(from.page.through, present))) return 'unknown_position'
  return from.since < present.since - LONGEST_AWAY_MS ? 'too_long_ago' : undefined
}
