/** The requests of each measurement. Nobody votes twice in a run: person numbers only go up. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { deriveKeys } from '../../../server/tokens/keys.ts'
import { MASTER_SECRET, ORIGIN } from '../../helpers/app.ts'
import { type Mill, headersOf, millVote, wireOf } from '../../helpers/ballot-mill.ts'
import type { MilledProject } from '../../helpers/mill-project.ts'
import type { Boards } from './cluster.ts'
import { writeRequests } from './request-file.ts'
import { DIFFICULTY } from './subject.ts'

export type RequestKind = 'hello' | 'lean' | 'vote' | 'hot vote' | 'board' | 'unchanged board' | 'session'

const keyring = deriveKeys(MASTER_SECRET)

export class Requests {
  readonly #directory: string
  readonly #boards: Boards
  #people = 0
  #files = 0

  constructor(directory: string, boards: Boards) {
    this.#directory = directory
    this.#boards = boards
  }

  /** `etags`: by public key, for `unchanged board`. */
  one(kind: RequestKind, now: number, etags: ReadonlyMap<string, string> = new Map()): string {
    const person = (this.#people += 1)
    const { project, itemIds } = this.#boardOf(kind, person)
    switch (kind) {
      case 'vote':
      case 'hot vote': {
        const mill: Mill = { keyring, project, origin: ORIGIN, difficulty: DIFFICULTY, now }
        return wireOf(millVote(mill, person, itemOf(itemIds, person)))
      }
      case 'lean': {
        // Random, as the keys of votes are: in order they would spare the index most of its work.
        const voter = randomUUID()
        return wireOf({
          method: 'POST', path: `/projects/${project.id}/items/${itemOf(itemIds, person)}/vote`,
          headers: { ...headersOf(person, ORIGIN), 'content-type': 'application/json' }, body: JSON.stringify({ voter }),
        })
      }
      case 'session':
        return wireOf({
          method: 'POST', path: `/api/widget/v1/${project.publicKey}/sessions`,
          headers: { ...headersOf(person, ORIGIN), 'content-type': 'application/json' }, body: '{}',
        })
      case 'hello':
        return wireOf({ method: 'GET', path: '/', headers: headersOf(person, ORIGIN) })
      case 'board':
        return wireOf({ method: 'GET', path: `/api/widget/v1/${project.publicKey}/board`, headers: headersOf(person, ORIGIN) })
      case 'unchanged board': {
        const etag = etags.get(project.publicKey)
        if (etag === undefined) throw new Error(`no ETag of ${project.publicKey}`)
        return wireOf({ method: 'GET', path: `/api/widget/v1/${project.publicKey}/board`, headers: { ...headersOf(person, ORIGIN), 'if-none-match': etag } })
      }
    }
  }

  /** Path of a file of so many. */
  write(kind: RequestKind, count: number, now: number, etags?: ReadonlyMap<string, string>): string {
    const path = join(this.#directory, `requests-${(this.#files += 1)}`)
    writeRequests(path, count, () => this.one(kind, now, etags))
    return path
  }

  #boardOf(kind: RequestKind, person: number): MilledProject {
    if (kind === 'hot vote') return this.#boards.hot
    return this.#boards.spread[person % this.#boards.spread.length] as MilledProject
  }
}

/** Each may be sent once. */
export const isWritten = (kind: RequestKind): boolean => kind === 'vote' || kind === 'hot vote' || kind === 'lean'

/** Every item of the board in its turn. */
const itemOf = (itemIds: readonly number[], person: number): number => itemIds[Math.floor(person / 5) % itemIds.length] as number
