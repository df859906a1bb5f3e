/** The widget as a person meets it: by role, by name, by what is announced. Nothing here knows its elements or classes. */
import type { Locator, Page, Response } from 'playwright'
import { expect } from 'vitest'
import type { Board } from '../../server/contract/widget.ts'
import { en } from '../../widget/src/messages/en.ts'
import { PROJECT } from './operator.ts'
import type { Stage } from './stage.ts'
import { isSession, isVote } from './traffic.ts'

/** The seeded items that take votes, in the board's order. */
export const [OFFLINE, SEARCH, DARK, SHARED, EXPORT] = [
  'Offline mode', 'Search inside attachments', 'Dark theme for the editor', 'Shared notebooks', 'Markdown export',
] as const
export const VOTABLE = [OFFLINE, SEARCH, DARK, SHARED, EXPORT]

export type Scope = Page | Locator

/** Waits for a state that is on its way: `await expectSoon(() => readVote(page, OFFLINE)).toEqual(…)`. */
export const expectSoon = <Value>(read: () => Promise<Value> | Value) => expect.poll(read, { timeout: 25_000, interval: 25 })

/** The control that votes for an item; its name says the tally too. */
export function voteControl(scope: Scope, title: string): Locator {
  const name = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return scope.getByRole('button', { name: new RegExp(`vote.*${name}.*\\d`, 'i') })
}

/** What the control says: to the eye and to assistive technology, which must agree. */
export async function readVote(scope: Scope, title: string): Promise<{ votes: number; voted: boolean }> {
  const control = voteControl(scope, title)
  const [said, shown] = [await control.ariaSnapshot(), await control.innerText()]
  const votes = Number(/, (\d+) /.exec(said)?.[1])
  expect(shown.trim(), `the tally shown, where the name says ${said}`).toBe(String(votes))
  return { votes, voted: said.includes('[pressed]') }
}

/** The board is there and can be used. */
export async function boardShown(page: Page): Promise<void> {
  await voteControl(page, OFFLINE).first().waitFor()
}

/**
 * A visitor on the board, and the answer to their session. It is listened for from the beginning: a board that has been in view for a
 * second asks for one by itself, and a second passes while a busy machine gets from one line of a test to the next.
 */
export async function openForSession(stage: Stage): Promise<{ page: Page; session: Promise<Response> }> {
  const page = await stage.open('about:blank')
  const session = page.waitForResponse((one) => isSession(one.request()), { timeout: 60_000 })
  await page.goto(stage.site)
  await boardShown(page)
  return { page, session }
}

/**
 * Waits until everybody who asks for the board is shown this tally. The server serialises a changed board after a quarter of a second
 * at most, and a page reads it once: a page that must show what somebody else changed is opened after this.
 */
export async function boardSays({ widget, site }: Stage, title: string, votes: number): Promise<void> {
  await expectSoon(async () => {
    const answer = await fetch(`${widget}/api/widget/v1/${PROJECT}/board`, { headers: { origin: site } })
    return ((await answer.json()) as Board).items.find((item) => item.title === title)?.votes
  }).toBe(votes)
}

/** The page has had its turn: what has arrived there by now is no longer news to it. */
export const takenIn = (page: Page): Promise<unknown> => page.evaluate('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))')

/** Does what casts a vote, and waits for the server's answer to it, which the page has then read as well. */
export async function answered(page: Page, act: () => Promise<unknown>): Promise<Response> {
  const [response] = await Promise.all([page.waitForResponse((one) => isVote(one.request())), act()])
  // It is heard of here when its headers come. Whoever signs out before the page has read the rest has the vote sent again, as nobody.
  await response.finished()
  await takenIn(page)
  return response
}

/** One vote, answered: with the keyboard, because that is quicker than a hand (hand.ts) and counts like one. */
export const vote = (page: Page, title: string, scope: Scope = page): Promise<Response> =>
  answered(page, () => voteControl(scope, title).press('Enter'))

/** A polite announcement that contains the text and can be seen. */
export const announcement = (page: Page, text: string): Locator => page.getByRole('status').filter({ hasText: text })

export async function openForm(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: en.feedback }).click()
  const form = page.getByRole('form', { name: en.feedback })
  await form.waitFor()
  return form
}

export const field = (form: Locator, label: 'feedbackTitle' | 'feedbackBody' | 'feedbackEmail'): Locator =>
  form.getByRole('textbox', { name: en[label] })
