/** Messages by locale. Lookup goes key by key: the host's overrides, `de-AT`, `de`, English. */
import { board } from './messages/board.ts'
import type { Message, MessageKey, Messages } from './messages/en.ts'

export interface Translator {
  /** The BCP 47 tag the visitor reads. */
  readonly locale: string
  /** @param values fills `{name}`; numbers are written the locale's way, and `count` chooses the plural */
  translate(key: MessageKey, values?: Readonly<Record<string, string | number>>): string
  formatNumber(value: number): string
}

const catalogues = new Map<string, Messages>()
const english: Messages = { ...board }

/** The English of a part that loads later. What the host has added stays above it. */
export function addEnglish(messages: Messages): void {
  Object.assign(english, messages)
}

/** Adds or amends a language. Keys left out keep their English text. */
export function addMessages(locale: string, messages: Messages): void {
  const tag = locale.toLowerCase()
  catalogues.set(tag, { ...catalogues.get(tag), ...messages })
}

/** `de_AT` is what some frameworks say; what `Intl` rejects altogether is read as English. */
function canonical(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale.replace('_', '-'))[0] ?? 'en'
  } catch {
    return 'en'
  }
}

const rules = new Map<string, Intl.PluralRules>()

/** Kept per language: making one costs more than everything else a translation does. */
function pluralRules(language: string): Intl.PluralRules {
  let found = rules.get(language)
  if (!found) rules.set(language, (found = new Intl.PluralRules(language)))
  return found
}

/** A message and the language whose plural rules it was written for. */
function findMessage(locale: string, overrides: Messages, key: MessageKey): [Message, string] {
  if (overrides[key] !== undefined) return [overrides[key], locale]
  for (let tag = locale; tag; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const message = catalogues.get(tag.toLowerCase())?.[key]
    if (message !== undefined) return [message, tag]
  }
  return [english[key] ?? key, 'en']
}

export function createTranslator(requestedLocale: string, overrides: Messages = {}): Translator {
  const locale = canonical(requestedLocale)
  const numbers = new Intl.NumberFormat(locale)
  const formatNumber = (value: number) => numbers.format(value)
  return {
    locale,
    formatNumber,
    translate(key, values = {}) {
      const [message, language] = findMessage(locale, overrides, key)
      const text = typeof message === 'string'
        ? message
        : message[pluralRules(language).select(Number(values['count']))] ?? message.other
      return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
        const value = values[name]
        return typeof value === 'number' ? formatNumber(value) : value ?? hole
      })
    },
  }
}
