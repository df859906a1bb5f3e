/** What is measured, in the order of the first round; the next goes backwards, so that none always comes after the same. */
import type { Case } from './measure.ts'
import type { PlainKind } from './subject.ts'

const ours = (name: string, connections: number, rest: Partial<Case> = {}): Case =>
  ({ name, server: 'ours', requests: 'vote', connections, ledger: 'empty', ...rest })
const plain = (name: string, server: PlainKind, requests: Case['requests'], connections: number): Case =>
  ({ name, server, requests, connections, ledger: 'empty' })

export const CASES: readonly Case[] = [
  plain('hello', 'hello', 'hello', 128),
  ours('board', 128, { requests: 'board' }),
  ours('board304', 128, { requests: 'unchanged board' }),
  ours('sessions', 128, { requests: 'session' }),
  plain('bare16', 'bare', 'vote', 16),
  ours('ours16', 16),
  plain('bare128', 'bare', 'vote', 128),
  ours('ours128', 128),
  plain('schema', 'schema', 'vote', 128),
  ours('hot', 128, { requests: 'hot vote' }),
  ours('largest', 128, { ledger: 'largest' }),
  ours('million', 128, { ledger: 'million' }),
  ours('ours256', 256),
  plain('bare256', 'bare', 'vote', 256),
  plain('lean', 'lean', 'lean', 128),
]

/** They say how things go on, and no ratio needs them: two rounds do. */
export const FEW_ROUNDS = 2
export const IN_FEW_ROUNDS: ReadonlySet<string> = new Set(['million', 'ours256', 'bare256', 'lean'])

/** For a reader of the table. */
export const WHAT: Readonly<Record<string, string>> = {
  hello: 'GET /, Fastify alone', board: 'GET board, ours', board304: 'GET board, ours, unchanged (304)', sessions: 'POST session, ours',
  bare16: 'bare insert, 16 connections', ours16: 'protected vote, 16 connections', bare128: 'bare insert, 128 connections',
  ours128: 'protected vote, 128 connections', schema: 'the vote’s schema, no database', hot: 'protected vote, one hot item',
  largest: 'protected vote, largest ledger', million: 'protected vote, 1 M votes', ours256: 'protected vote, 256 connections',
  bare256: 'bare insert, 256 connections', lean: 'the least an insert can cost',
}
