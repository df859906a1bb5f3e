/** What the host hears: `Truetally.on` and, on the mount element, DOM CustomEvents named `truetally:<event>`. */
import type { VoteAnswer } from '../../server/contract/widget.ts'
import { throwLater } from './throw-later.ts'

export interface Events {
  /** The board, or a feedback form of its own, can be used. */
  ready: { project: string }
  vote: { project: string } & VoteAnswer
  feedback: { project: string; id: string }
  /** The server wants more evidence of who is voting. `verification_required`: sign the visitor in, then `identify`. */
  challenge: { project: string; code: string }
  /** `code` as in the server's problem+json; `status` 0 when there was no answer. */
  error: { project: string; code: string; message: string; status: number }
}

type Listener<Name extends keyof Events> = (detail: Events[Name]) => void

export interface EventHub {
  /** @returns a function that unsubscribes */
  on<Name extends keyof Events>(name: Name, listener: Listener<Name>): () => void
  emit<Name extends keyof Events>(name: Name, detail: Events[Name], elements: Iterable<Element>): void
}

export function createEventHub(): EventHub {
  const listeners = new Set<{ name: string; listener: (detail: never) => void }>()
  return {
    on(name, listener) {
      const entry = { name, listener }
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    emit(name, detail, elements) {
      for (const entry of Array.from(listeners).filter((one) => one.name === name)) {
        try {
          entry.listener(detail as never)
        } catch (error) {
          throwLater(error)
        }
      }
      for (const element of elements) {
        element.dispatchEvent(new CustomEvent(`truetally:${name}`, { detail, bubbles: true, composed: true }))
      }
    },
  }
}
