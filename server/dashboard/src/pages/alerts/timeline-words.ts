/** What one entry of an alert's timeline says, in a sentence. What a person or a stranger wrote is given apart, as `quoted`. */
import type { AlertAnswer } from '../../../../contract/alert.ts'
import type { Static } from 'typebox'
import { exact, span, words } from '../../app/time.ts'
import { actionWords } from './action-words.ts'

export type TimelineEntry = Static<typeof AlertAnswer>['timeline'][number]
export interface Told {
  text: string
  quoted?: string
}

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const VERDICTS: Record<string, string> = { true_positive: 'right', false_positive: 'a false alarm', benign: 'no harm' }

export function tellEntry({ kind, detail }: TimelineEntry): Told {
  const of = (name: string): string => textOf(detail[name])
  switch (kind) {
    case 'pending': return { text: `The condition held for the first time, with ${of('value')} measured` }
    case 'firing': return { text: `${detail['again'] === true ? 'It fires again' : 'It fires'}, with ${of('value')} measured` }
    case 'resolved': return { text: 'The condition no longer holds' }
    case 'severity': return { text: `Its severity went from ${of('from')} to ${of('to')}` }
    case 'suppressed': return { text: 'Told to nobody: another of the same had only just ended' }
    case 'silenced': return { text: `A silence keeps it quiet${typeof detail['until'] === 'number' ? ` until ${exact(detail['until'])}` : ''}`, ...quote(of('reason')) }
    case 'inhibited': return { text: `Kept quiet by a graver alert of the rule ${of('rule')}` }
    case 'notified': return { text: `Handed to the channel${of('what') === '' ? '' : ` as ${of('what')}`}` }
    case 'delivered': return { text: 'Delivered' }
    case 'undelivered': return { text: 'Could not be delivered', ...quote(of('error')) }
    case 'escalated': return { text: of('note') === '' ? `Escalated${escalatedFor(detail)}` : 'Escalated by hand', ...quote(of('note')) }
    case 'response': return detail['failed'] === undefined
      ? { text: of('action') === '' ? 'A response' : actionWords(of('action'), of('mode')), ...quote([of('target'), of('because')].filter((part) => part !== '').join(', because ')) }
      : { text: 'A response failed', ...quote(of('failed')) }
    case 'response_ended': return { text: `A response ended: ${words(of('action'))}`, ...quote([of('target'), of('reason')].filter((part) => part !== '').join(' — ')) }
    case 'acknowledged': return { text: 'Acknowledged', ...quote(of('note')) }
    case 'disposition': return { text: `Called ${VERDICTS[of('disposition')] ?? of('disposition')}`, ...quote(of('note')) }
    case 'note': return { text: 'A note', ...quote(of('note')) }
    default: return { text: words(kind) }
  }
}

const quote = (text: string): { quoted?: string } => (text === '' ? {} : { quoted: text })

const escalatedFor = ({ responseTimeMs }: TimelineEntry['detail']): string =>
  typeof responseTimeMs !== 'number' ? '' : responseTimeMs === 0 ? ': it was to be acknowledged at once' : `: nobody acknowledged it in ${span(responseTimeMs)}`
