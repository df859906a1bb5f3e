/** A client of `GET /events/stream` that keeps what an EventSource would: the last id, and the newest text of each row. */
import type { SecurityEvent } from '../../server/contract/security.ts'

export interface StreamMessage {
  event: string
  id?: string
  data: unknown
}

export class StreamClient {
  readonly #url: string
  readonly #headers: Record<string, string>
  #abort: AbortController | undefined
  #reading: Promise<void> = Promise.resolve()
  lastId: string | undefined
  readonly rows = new Map<string, SecurityEvent>()
  messages: StreamMessage[] = []
  /** Whether the server, and not this client, ended the last connection. */
  isOver = false

  constructor(base: string, authorization: string, query = '') {
    this.#url = `${base}/api/security/v1/events/stream${query}`
    this.#headers = { authorization }
  }

  /** Resolves with the status of the answer, once its head is there. */
  async connect(): Promise<Response> {
    this.#abort = new AbortController()
    this.isOver = false
    const response = await fetch(this.#url, {
      signal: this.#abort.signal, headers: { ...this.#headers, ...(this.lastId === undefined ? {} : { 'last-event-id': this.lastId }) },
    })
    if (response.ok) this.#reading = this.#read(response)
    return response
  }

  /** As a network that goes away does it. */
  async drop(): Promise<void> {
    this.#abort?.abort()
    await this.#reading
  }

  /** Resolves when the server has closed. */
  async over(): Promise<void> {
    await this.#reading
  }

  of<T>(event: string): T[] {
    return this.messages.filter((message) => message.event === event).map(({ data }) => data as T)
  }

  async #read(response: Response): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true })
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          this.#take(text.slice(0, end))
          text = text.slice(end + 2)
        }
      }
      this.isOver = true
    } catch (error) {
      // A line that was cut is no message; what came before it counts.
      if (!(error instanceof Error) || !/abort|terminated/i.test(error.message)) throw error
    }
  }

  #take(block: string): void {
    const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
    const { event, id, data } = fields
    if (event === undefined || data === undefined) return
    if (id !== undefined) this.lastId = id
    const message: StreamMessage = { event, data: JSON.parse(data), ...(id === undefined ? {} : { id }) }
    this.messages.push(message)
    if (event === 'security-event') this.rows.set((message.data as SecurityEvent).id, message.data as SecurityEvent)
  }
}
