/**
 * Everything the widget says, in English: the language every other falls back to, key by key. `{name}` is filled in;
 * a message that counts has a form per plural category of `Intl.PluralRules`, chosen by `{count}`.
 *
 * The widget itself takes only types from here: its words come in parts, with `feedback.js` and `challenge.js`.
 */
import { board } from './board.ts'
import { challenge } from './challenge.ts'
import { feedback } from './feedback.ts'

export type Message = string | ({ readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>)

export const en = { ...board, ...feedback, ...challenge }

export type MessageKey = keyof typeof en
export type Messages = Partial<Record<MessageKey, Message>>
