/**
 * What each detector’s finding says in plain English, for whoever has to decide about the vote. The ledger keeps a finding’s
 * value and weight, and what the widget observed: figures come from those, and where one is not kept the sentence does without.
 */
import type { Contribution } from '../judge.ts'
import type { Policy } from '../policies/policy.ts'

/** What the ledger knows beside the findings. */
export interface FindingContext {
  /** As the decision stores them; whatever is not a number is as good as absent. */
  signals: Readonly<Record<string, unknown>>
  /** Of the policy the vote was judged under; undefined where that is no longer the one in force, and its limits are not known. */
  windows: Policy['windows'] | undefined
}

type Words = (value: number, context: FindingContext) => string

/** Below this many milliseconds a pointer did not rest: gate/detectors/unhovered-click.ts. */
const RESTED_MS = 5

const WORDS: Readonly<Record<string, Words>> = {
  'webdriver': () => 'The browser says itself that a program drives it.',
  'untrusted-event': () => 'A script made the click, not a mouse, a finger or a key.',
  'headless-user-agent': () => 'The browser names itself a headless browser or an HTTP library.',
  'automation-globals': () => 'The page carried a mark that only automation tools leave there.',
  'worker-mismatch': () => 'The browser describes itself differently in the page and behind it: something rewrote the page.',
  'known-bot': () => 'The browser names itself a known robot.',
  'missing-user-agent': () => 'The request did not say what browser it comes from, which every browser does.',
  'missing-proof': () => 'The proof of work that was asked for is missing or wrong.',
  'missing-signals': () => 'Nothing was said about how the vote was cast, though the widget always says something.',
  'too-soon': () => 'The vote came sooner after its session began than the widget sends one.',
  'replayed-gesture': () => 'Another device made exactly this gesture before.',
  'inconsistent-headers': () => 'The request contradicts itself about its browser, platform or language.',
  'missing-browser-headers': () => 'It claims to be a browser and lacks headers that every such browser sends.',
  'pressureless-mouse': () => 'The mouse button was down without any pressure, as when a program presses it.',
  'unhovered-click': (_value, { signals }) => {
    if (figure(signals, 'moves') === 0) return 'The pointer never moved before the click.'
    const hover = figure(signals, 'hoverMs')
    return hover !== undefined && hover < RESTED_MS
      ? `The pointer was over the button for ${milliseconds(hover)} before it clicked.`
      : 'The pointer was put on the button, not brought there.'
  },
  'dead-centre-click': () => 'The click hit the middle of the button to the pixel.',
  'ruler-straight-path': (_value, { signals }) => {
    const moves = figure(signals, 'moves')
    return `The pointer moved along a ruler line${moves === undefined ? '' : ` in ${moves} steps`}.`
  },
  'instant-press': (_value, { signals }) => {
    const press = figure(signals, 'pressMs')
    return press === undefined
      ? 'The mouse button came up as soon as it went down.'
      : `The mouse button was down for ${milliseconds(press)}, shorter than a finger needs.`
  },
  'hosting-network': () => 'The address belongs to a data centre, not to people’s lines.',
  'foreign-time-zone': () => 'The browser’s clock is far from that of the country the address is in.',
  'fingerprint-change': () => 'This device showed another browser fingerprint before.',
  // The value says where in 4 to 8 the run is, and no more beyond that: gate/detectors/sequential-users.ts.
  'sequential-users': (value) => `${value < 1 ? Math.round(4 + 4 * value) : '8 or more'} user ids voted one after the other, counting up by one.`,
  // From 1 to 12 hours: gate/detectors/old-user-token.ts.
  'old-user-token': (value) =>
    `The user’s token was signed ${value < 1 ? `about ${plural(Math.round(1 + 11 * value), 'hour')}` : '12 hours or more'} before the vote.`,
  'voter-velocity': (value, { windows }) => `${rate(value, windows?.voter, 'changes of votes', 'Changes of votes')} by this voter${within(windows?.voter)}.`,
  'network-velocity': (value, { windows }) => `${rate(value, windows?.network, 'votes', 'Votes')} from this network${within(windows?.network)}.`,
  'prefix-velocity': (value, { windows }) => `${rate(value, windows?.prefix, 'votes', 'Votes')} from this IPv6 /48${within(windows?.prefix)}.`,
  'item-velocity': (value, { windows }) => `${rate(value, windows?.item, 'votes', 'Votes')} for this item${within(windows?.item)}.`,
  'regular-arrivals': () => 'New devices of this network arrive like clockwork.',
}

/** One sentence. A detector that is no longer registered is named as it was called. */
export function findingWords({ detector, value }: Pick<Contribution, 'detector' | 'value'>, context: FindingContext): string {
  const words = Object.hasOwn(WORDS, detector) ? WORDS[detector] : undefined
  return words === undefined ? `The detector “${detector}” found something.` : words(value, context)
}

/** Detectors that have words, for the test that compares them with the registry. */
export const spokenDetectors: readonly string[] = Object.keys(WORDS)

const CREDITS: Readonly<Record<string, string>> = {
  'verified': 'The customer vouches for who the voter is.',
  'step-up': 'The browser did the extra work it was asked for.',
}

/** What speaks for the vote. */
export const creditWords = (name: string): string => CREDITS[name] ?? `“${name}” was counted in its favour.`

function figure(signals: FindingContext['signals'], name: string): number | undefined {
  const value = signals[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

type Window = Policy['windows']['voter'] | undefined

/**
 * gate/detectors/near-limit.ts turned round: 0 is half of the limit, 1 the limit and everything beyond. The ledger rounds the
 * value to a thousandth, so the count is right to a two-thousandth of the limit: “about” where that may be more than half a vote.
 */
function rate(value: number, window: Window, things: string, many: string): string {
  if (window === undefined) return `${many} come fast`
  const count = Math.round(((value + 1) * window.limit) / 2)
  return value < 1 ? `${window.limit > 1000 ? 'About ' : ''}${count} ${things}` : `${window.limit} ${things} or more`
}

const MINUTE = 60_000

function within(window: Window): string {
  if (window === undefined) return ''
  const { windowMs } = window
  if (windowMs === MINUTE) return ' within a minute'
  return windowMs % MINUTE === 0 ? ` in ${plural(windowMs / MINUTE, 'minute')}` : ` in ${plural(Math.round(windowMs / 1000), 'second')}`
}

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`
const milliseconds = (value: number): string => `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ms`
