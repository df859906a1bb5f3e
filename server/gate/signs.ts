/**
 * What a vote may have in common with others (README, cohorts). The gate looks them up among standing cohorts, and the
 * watch counts by them; both must name the same vote the same way.
 */
import type { CohortKind } from '../contract/primitives.ts'
import type { Signals } from '../contract/signals.ts'
import { arePrecise } from './gesture-memory.ts'
import type { TierCode } from './settle.ts'

export type Signs = Partial<Record<CohortKind, string>>

export interface SignBearer {
  tier: TierCode
  network: string
  prefix: string | undefined
  fingerprint: string | undefined
  /** Only where a fingerprint may be taken. */
  core: string | undefined
  hosting: boolean
  signals: Pick<Signals, 'pressMs' | 'offCentre' | 'straightness' | 'hoverMs'> | undefined
  /** The device had no vote on this board when its session began. */
  newcomer: boolean
}

/**
 * Verified users share only where they vote from: their names are vouched for, and a company’s people do share machines. The
 * absent ones are left out, so that what nobody has is no cohort.
 */
export function signsOf({ tier, network, prefix, fingerprint, core, hosting, signals, newcomer }: SignBearer): Signs {
  if (tier === 'v') return { users: network }
  const gesture = gestureOf(signals)
  return {
    network,
    ...(prefix === undefined ? {} : { prefix }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    // One machine on one line says more than either: others have the model, and others have the line.
    ...(core === undefined ? {} : { core, machine: `${core} ${network}` }),
    ...(hosting ? { hosting: '*' } : {}),
    ...(gesture === undefined ? {} : { gesture }),
    ...(newcomer ? { surge: '*' } : {}),
  }
}

/**
 * The click itself: how long the button was pressed, how far from its middle, after which way. Where as many of these were
 * measured as gesture-memory.ts wants, no two people’s clicks agree in all of them.
 */
function gestureOf(signals: SignBearer['signals']): string | undefined {
  if (signals === undefined) return undefined
  const { pressMs, offCentre, straightness, hoverMs } = signals
  const figures = [pressMs, offCentre, straightness, hoverMs]
  // As the ledger’s JSON has them, which db/queries/watch.ts compares: no rounding, which the two do in different ways, and no
  // exponents, which only JavaScript writes.
  return arePrecise(figures) ? figures.map((figure = 0) => (figure < 1e-6 ? '0' : String(figure))).join(' ') : undefined
}
