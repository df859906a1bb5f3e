/** The widget as a person meets it: by role, by name, by what is announced. Nothing here knows its elements or classes. */
import type { Locator, Page, Response } from 'playwright'
import { expect } from 'vitest'
import { en } from '../../widget/src/messages/en.ts'
import { isVote } from './traffic.ts'

/** The seeded items that take votes, in the board's order. */
export const [OFFLINE, SEARCH, DARK, SHARED, EXPORT] = [
  'Offline mode', 'Search inside attachments', 'Dark theme for the editor', 'Shared notebooks', 'Markdown export',
] as const
export const VOTABLE = [OFFLINE, SEARCH, DARK, SHARED, EXPORT]

export type Scope = Page | Locator

/** Waits for a state that is on its way: `await expectSoon(() => readVote(page, OFFLINE)).toEqual(…)`. */
export const expectSoon = <Value>(read: () => Promise<Value> | Value) => expect.poll(read, { timeout: 8_000, interval: 25 })

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

/** Does what casts a vote, and waits for the server's answer to it. */
export async function answered(page: Page, act: () => Promise<unknown>): Promise<Response> {
  const [response] = await Promise.all([page.waitForResponse((one) => isVote(one.request())), act()])
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
