/** What the tests about proof of work share: what a solution is worth, and a page that lets no worker run. */
import { createHash } from 'node:crypto'
import type { Page } from 'playwright'
import type { VoteRequest } from '../../server/contract/widget.ts'
import { boardShown } from './board.ts'
import type { Stage } from './stage.ts'

const bitsOf = (text: string): number => Math.clz32(createHash('sha256').update(text).digest().readUInt32BE(0))
/** Leading zero bits that a vote’s solution has for its item. */
export function workOf(url: string, { solution = '' }: VoteRequest): number {
  const colon = solution.lastIndexOf(':')
  const itemId = /items\/(\d+)\/vote$/.exec(url)?.[1]
  return bitsOf(`${solution.slice(0, colon)}:${itemId}${solution.slice(colon)}`)
}

/** A visitor on the board; `before` prepares their browser. */
export async function openBoard(stage: Stage, path = '/', before?: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await stage.open('about:blank')
  await before?.(page)
  await page.goto(`${stage.site}${path}`)
  await boardShown(page)
  return page
}

/** A policy on top of the page’s own that lets no worker run. */
export const forbidWorkers = (page: Page): Promise<unknown> =>
  page.addInitScript(`new MutationObserver((_, observer) => {
    if (!document.head) return
    observer.disconnect()
    const meta = document.createElement('meta')
    meta.httpEquiv = 'content-security-policy'
    meta.content = "worker-src 'none'"
    document.head.append(meta)
  }).observe(document, { childList: true, subtree: true })`)
