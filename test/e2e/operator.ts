/** The moderator's side of a scenario: the real APIs over HTTP, as a program of an operator would call them. */
import type { ActionAnswer, Block, Feedback, ModeratedItem, Vote } from '../../server/contract/moderation.ts'
import type { ProjectPatch } from '../../server/contract/operator.ts'
import type { ItemStatus, VoteState } from '../../server/contract/primitives.ts'
import type { EventsQuery, SecurityEvent } from '../../server/contract/security.ts'

/** The seeded project, which the demo site embeds. */
export const PROJECT = 'pk_demo'
const HOUR = 3_600_000

const query = (fields: Record<string, string>): string => new URLSearchParams({ project: PROJECT, ...fields }).toString()

export type Operator = ReturnType<typeof createOperator>

/** @throws {Error} with the server's own words, for every answer that is not a success */
export function createOperator(origin: string, token: string) {
  async function call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${origin}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }
  return {
    async listVotes(filter: { item?: string; state?: VoteState } = {}): Promise<Vote[]> {
      return (await call<{ votes: Vote[] }>('GET', `moderation/v1/votes?${query(filter)}`)).votes
    },
    async listItems(): Promise<ModeratedItem[]> {
      return (await call<{ items: ModeratedItem[] }>('GET', `moderation/v1/items?${query({})}`)).items
    },
    /** Counted, held and invalidated votes of the item with this title. */
    async readTally(title: string): Promise<Record<VoteState, number>> {
      const item = (await this.listItems()).find((one) => one.title === title)
      if (item === undefined) throw new Error(`the board has no “${title}”`)
      const { counted, held, invalidated } = item.votes
      return { counted, held, invalidated }
    },
    addItem: (title: string, description = '') =>
      call<ModeratedItem>('POST', 'moderation/v1/items', { project: PROJECT, title, description, position: 99 }),
    changeItem: (id: string, patch: { status?: ItemStatus; title?: string }) =>
      call<ModeratedItem>('PATCH', `moderation/v1/items/${id}`, { project: PROJECT, ...patch }),
    invalidate: (voteIds: string[], dryRun: boolean) =>
      call<ActionAnswer>('POST', 'moderation/v1/invalidations', { project: PROJECT, voteIds, reason: 'a test', dryRun }),
    undo: (id: string) => call<ActionAnswer>('POST', `moderation/v1/invalidations/${id}/undo`, { project: PROJECT }),
    release: (voteIds: string[]) =>
      call<ActionAnswer>('POST', 'moderation/v1/votes/release', { project: PROJECT, voteIds, reason: 'a test' }),
    block: (kind: Block['kind'], value: string) =>
      call<Block>('POST', 'moderation/v1/blocks', { project: PROJECT, kind, value, reason: 'a test', expiresAt: Date.now() + HOUR }),
    liftBlock: (id: string) => call<void>('DELETE', `moderation/v1/blocks/${id}?${query({})}`),
    async listFeedback(): Promise<Feedback[]> {
      return (await call<{ feedback: Feedback[] }>('GET', `moderation/v1/feedback?${query({})}`)).feedback
    },
    async listEvents(eventType: NonNullable<EventsQuery['eventType']>): Promise<SecurityEvent[]> {
      return (await call<{ events: SecurityEvent[] }>('GET', `security/v1/events?${query({ eventType })}`)).events
    },
    configure: (patch: ProjectPatch) => call<void>('PATCH', `operator/v1/projects/${PROJECT}`, patch),
    /** A second valid identity secret; the demo site goes on signing with the first. */
    addIdentitySecret: () =>
      call<{ kid: string; identitySecret: string }>('POST', `operator/v1/projects/${PROJECT}/identity-secrets`, {}),
  }
}
