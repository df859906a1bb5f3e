/** What the rules know, by their tags, against lists of what there is to know. */
import type { RuleLibrary } from './language/library.ts'

export interface CoverageEntry {
  id: string
  title: string
  /** Names of the rules that are tagged with it; none: it is not covered. */
  rules: string[]
}
export interface Coverage {
  owaspApiTop10: CoverageEntry[]
  owaspAutomatedThreats: CoverageEntry[]
  attackClasses: CoverageEntry[]
}

/** OWASP API Security Top 10, 2023. */
const API_TOP_10 = [
  'Broken Object Level Authorization', 'Broken Authentication', 'Broken Object Property Level Authorization', 'Unrestricted Resource Consumption',
  'Broken Function Level Authorization', 'Unrestricted Access to Sensitive Business Flows', 'Server Side Request Forgery',
  'Security Misconfiguration', 'Improper Inventory Management', 'Unsafe Consumption of APIs',
]

/** OWASP Automated Threats to Web Applications, by their numbers. */
const AUTOMATED_THREATS = [
  'Carding', 'Token Cracking', 'Ad Fraud', 'Fingerprinting', 'Scalping', 'Expediting', 'Credential Cracking', 'Credential Stuffing',
  'CAPTCHA Defeat', 'Card Cracking', 'Scraping', 'Cashing Out', 'Sniping', 'Vulnerability Scanning', 'Denial of Service', 'Skewing', 'Spamming',
  'Footprinting', 'Account Creation', 'Account Aggregation', 'Denial of Inventory',
]

/** The classes that the attack simulator plays; a test compares the two lists. */
export const ATTACK_CLASSES = [
  'address-rotation', 'bare-http-client', 'block-evasion', 'blocked-live-session', 'both-rotated', 'cookie-clearing',
  'cookie-clearing-without-fingerprint', 'downvote-by-invalidation', 'driven-browsers', 'farmed-proof-of-work', 'fingerprint-rotation', 'flip-flop',
  'forged-tokens', 'forwarded-for-spoofing', 'generated-users', 'identical-gestures', 'key-enumeration', 'leaked-secret', 'naive-repeat',
  'replayed-payloads', 'session-hoarding', 'slow-drip', 'stealth-browsers', 'stolen-tokens', 'synthetic-clicks', 'under-every-limit',
]

export function coverageOf(library: RuleLibrary): Coverage {
  const rulesOf = new Map<string, string[]>()
  for (const { document: { name, tags = [] } } of library.alerting) {
    for (const tag of new Set(tags)) rulesOf.set(tag, [...(rulesOf.get(tag) ?? []), name])
  }
  const entry = (id: string, title: string): CoverageEntry => ({ id, title, rules: rulesOf.get(id) ?? [] })
  const others = [...rulesOf.keys()].filter((tag) => tag.startsWith('truetally.') && !ATTACK_CLASSES.includes(tag.slice('truetally.'.length)))
  return {
    owaspApiTop10: API_TOP_10.map((title, index) => entry(`owasp.api${index + 1}`, title)),
    owaspAutomatedThreats: AUTOMATED_THREATS.map((title, index) => entry(`owasp.oat-${String(index + 1).padStart(3, '0')}`, title)),
    // An operator’s own rules may know classes of their own.
    attackClasses: [...ATTACK_CLASSES.map((name) => `truetally.${name}`), ...others.toSorted()]
      .map((id) => entry(id, id.slice('truetally.'.length).replaceAll('-', ' '))),
  }
}

export const countCovered = (entries: readonly CoverageEntry[]): number => entries.filter(({ rules }) => rules.length > 0).length
