/** Somebody at a browser with the widget in it: opens the page, reads, clicks. Each has a hand, a machine and a line of their own. */
import { randomBytes } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type { Challenge } from '../../server/contract/challenge.ts'
import type { Signals } from '../../server/contract/signals.ts'
import type { TestApp, TestProject } from './app.ts'
import { solve } from './solve.ts'
import { Visitor, type VisitorOptions } from './visitor.ts'

export const BROWSER_HEADERS = {
  'accept-language': 'en-GB,en;q=0.9', 'accept-encoding': 'gzip, deflate, br, zstd', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty', 'sec-ch-ua': '"Chromium";v="156", "Google Chrome";v="156", "Not/A)Brand";v="24"', 'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Windows"',
}

let people = 0
const random = (low: number, high: number): number => Number((low + Math.random() * (high - low)).toFixed(1))

export class Person extends Visitor {
  readonly #test: TestApp
  readonly fingerprint: string
  readonly core: string
  challenge: Challenge | null = null

  constructor(test: TestApp, options: VisitorOptions & { fingerprint?: string; core?: string } = {}) {
    people += 1
    super(test, { ip: `81.${Math.floor(people / 200) % 250}.${people % 200}.9`, ...options })
    this.#test = test
    this.fingerprint = options.fingerprint ?? randomBytes(16).toString('hex')
    this.core = options.core ?? randomBytes(16).toString('hex')
  }

  /** Opens the board and looks at it for a while. */
  override async start(): Promise<LightMyRequestResponse> {
    const answer = await super.start()
    if (answer.statusCode === 201) this.challenge = answer.json<{ challenge: Challenge | null }>().challenge
    this.#test.clock.now += 3000
    return answer
  }

  signals(): Signals {
    return {
      webdriver: false, automationGlobals: false, workerMismatch: false, trusted: true, visible: true, input: 'mouse', pressure: 0.5,
      dwellMs: random(2000, 9000), firstInputMs: random(900, 1900), pressMs: random(60, 140), hoverMs: random(120, 800),
      moves: 40 + Math.floor(random(0, 50)), coalescedMoves: 90 + Math.floor(random(0, 80)), straightness: Number((0.6 + Math.random() * 0.35).toFixed(4)),
      offCentre: Number((0.1 + Math.random() * 0.6).toFixed(3)), pathHash: randomBytes(8).toString('hex'), keys: 0, scrolls: 2, languages: 2,
      language: 'en-GB', platform: 'Windows', mobile: false, timezoneOffset: 0, timeZone: 'Europe/London', core: this.core,
    }
  }

  /** One click, with everything the widget sends; `extra` makes it wrong in one way. */
  async click(itemId: string, extra: object = {}): Promise<LightMyRequestResponse> {
    if (this.session === '') await this.start()
    return await this.call('PUT', `/items/${itemId}/vote`, {
      value: 1, session: this.session, fingerprint: this.fingerprint, signals: this.signals(),
      ...(this.challenge === null ? {} : { solution: solve(this.challenge, itemId) }), ...extra,
    }, BROWSER_HEADERS)
  }
}

export interface Column {
  counted: number
  held: number
  invalidated: number
}

/** All three columns of an item’s tally, as a moderator sees them. */
export async function columnsOf(test: TestApp, itemId: string, project = test.project): Promise<Column> {
  const answer = await test.app.inject({
    url: '/api/moderation/v1/items', query: { project: project.key }, headers: { authorization: test.operators.moderator },
  })
  const item = answer.json<{ items: { id: string; votes: Column }[] }>().items.find(({ id }) => id === itemId)
  if (item === undefined) throw new Error(`no item ${itemId} in ${answer.body}`)
  const { counted, held, invalidated } = item.votes
  return { counted, held, invalidated }
}

/** An ordinary hour: so many people, each for about half of the board, none of them like another. */
export async function ordinaryCrowd(test: TestApp, project: TestProject, size: number): Promise<void> {
  for (let index = 0; index < size; index += 1) {
    const person = new Person(test, { project })
    const liked = project.items.filter((_, place) => (index + place) % 5 < 3 - place)
    for (const item of liked.length > 0 ? liked : [project.items[index % 3] as string]) await person.click(item)
    test.clock.now += 20_000
  }
  await test.app.watch.tick()
}
