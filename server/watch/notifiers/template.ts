/** Templates of SMS gateways: text with {{placeholders}}, filled with values escaped for what surrounds them. */
import type { SMS_CONTENT_TYPES } from '../../contract/channel.ts'

export const PLACEHOLDERS = ['text', 'to', 'severity', 'status', 'title', 'rule', 'project', 'count', 'id', 'at', 'url'] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]
export type TemplateValues = Record<Placeholder, string>
export type Escape = (value: string) => string

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g

export const escapeFor: Record<(typeof SMS_CONTENT_TYPES)[number] | 'url', Escape> = {
  // Between quotes of the template’s own.
  'application/json': (value) => JSON.stringify(value).slice(1, -1),
  'application/x-www-form-urlencoded': encodeURIComponent,
  url: encodeURIComponent,
  'text/plain': (value) => value,
}

export const placeholdersIn = (template: string): string[] => [...new Set([...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name))]

export const isPlaceholder = (name: string): name is Placeholder => (PLACEHOLDERS as readonly string[]).includes(name)

/** Unknown placeholders were refused when the channel was made; one that got past is left as it stands. */
export const fillTemplate = (template: string, values: TemplateValues, escape: Escape): string =>
  template.replaceAll(PLACEHOLDER, (whole, name: string) => (isPlaceholder(name) ? escape(values[name]) : whole))
