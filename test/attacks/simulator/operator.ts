/** The moderation, security and operator APIs, as far as the simulator looks through them. */
import type { ActionAnswer, Block, Cohort, ExpectedSpike, Invalidation, ItemsAnswer, ModeratedItem, SpikeRequest, Vote } from '../../../server/contract/moderation.ts'
import type { Project, ProjectCreated } from '../../../server/contract/operator.ts'
import type { DedupMode, FingerprintMode, ProjectMode } from '../../../server/contract/primitives.ts'
import type { SecurityEvent } from '../../../server/contract/security.ts'
import type { Static } from 'typebox'
import type { Asked, Wire } from './wire.ts'

export interface ProjectSettings {
  origins: string[]
  mode: ProjectMode
  fingerprint: FingerprintMode
  dedup: DedupMode
}

const MAX_TRIES = 5

export class Operator {
  readonly #wire: Wire
  readonly #token: string
  readonly #wait: (ms: number) => Promise<void>

  /** @param wait by the server’s clock, which counts the requests of a minute */
  constructor(wire: Wire, token: string, wait: (ms: number) => Promise<void>) {
    this.#wire = wire
    this.#token = token
    this.#wait = wait
  }

  async call<T>(asked: Omit<Asked, 'headers'>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const { status, body, retryAfter } = await this.#wire.send({ ...asked, headers: { authorization: `Bearer ${this.#token}` } })
      if (status >= 200 && status < 300) return body as T
      if (status !== 429 || tries === MAX_TRIES) {
        throw new Error(`${asked.method} ${asked.path} answered ${status}: ${JSON.stringify(body)}`)
      }
      await this.#wait(retryAfter * 1000)
    }
  }

  async findProject(key: string): Promise<Static<typeof Project>> {
    const { projects } = await this.call<{ projects: Static<typeof Project>[] }>({ method: 'GET', path: '/api/operator/v1/projects' })
    const found = projects.find(({ publicKey }) => publicKey === key)
    if (found === undefined) throw new Error(`The server has no project ${key}.`)
    return found
  }

  async createProject(name: string, settings: ProjectSettings): Promise<Static<typeof ProjectCreated>> {
    return await this.call({ method: 'POST', path: '/api/operator/v1/projects', body: { name, ...settings } })
  }

  async addItem(project: string, title: string): Promise<string> {
    const { id } = await this.call<ModeratedItem>({ method: 'POST', path: '/api/moderation/v1/items', body: { project, title } })
    return id
  }

  async items(project: string): Promise<ModeratedItem[]> {
    return (await this.call<Static<typeof ItemsAnswer>>({ method: 'GET', path: `/api/moderation/v1/items?project=${project}` })).items
  }

  async votes(project: string): Promise<Vote[]> {
    return await this.#pages<Vote, 'votes'>(`/api/moderation/v1/votes?project=${project}&limit=200`, 'votes')
  }

  /** Oldest first. Without a project: those that name no known project as well, and those of every other. */
  async events(since: number, project?: string): Promise<SecurityEvent[]> {
    const scope = project === undefined ? 'eventType=invalid_api_key' : `project=${project}`
    return await this.#pages<SecurityEvent, 'events'>(`/api/security/v1/events?${scope}&sort=oldest&since=${since}&limit=200`, 'events')
  }

  async block(project: string, kind: 'ip' | 'device' | 'fingerprint', value: string, expiresAt: number): Promise<Block> {
    return await this.call({
      method: 'POST', path: '/api/moderation/v1/blocks', body: { project, kind, value, expiresAt, reason: 'stuffing votes' },
    })
  }

  async expectSpike(project: string, spike: Omit<SpikeRequest, 'project'>): Promise<ExpectedSpike> {
    return await this.call({ method: 'POST', path: '/api/moderation/v1/expected-spikes', body: { project, ...spike } })
  }

  /** Newest first. */
  async invalidations(project: string): Promise<Invalidation[]> {
    return await this.#pages<Invalidation, 'invalidations'>(`/api/moderation/v1/invalidations?project=${project}&limit=200`, 'invalidations')
  }

  async undo(project: string, id: string): Promise<ActionAnswer> {
    return await this.call({ method: 'POST', path: `/api/moderation/v1/invalidations/${id}/undo`, body: { project, reason: 'the simulation is over' } })
  }

  /** Newest first. */
  async cohorts(project: string): Promise<Cohort[]> {
    return await this.#pages<Cohort, 'cohorts'>(`/api/moderation/v1/cohorts?project=${project}&limit=200`, 'cohorts')
  }

  async lift(project: string, cohortId: string): Promise<ActionAnswer> {
    return await this.call({ method: 'DELETE', path: `/api/moderation/v1/cohorts/${cohortId}?project=${project}` })
  }

  async #pages<Row, Name extends string>(path: string, name: Name): Promise<Row[]> {
    const rows: Row[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Record<Name, Row[]> & { nextCursor: string | null } = await this.call({
        method: 'GET', path: cursor === '' ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
      })
      rows.push(...page[name])
      cursor = page.nextCursor
    }
    return rows
  }
}
