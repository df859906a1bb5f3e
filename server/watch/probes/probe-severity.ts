/** How grave a state is, whether we measured it ourselves or a monitor outside told us. */
import type { Severity } from '../../contract/primitives.ts'
import type { ProbeState } from './probe-states.ts'

const SEVERITIES: Readonly<Record<ProbeState, Severity>> = { down: 'high', slow: 'medium', up: 'low' }

export const severityOf = (state: ProbeState): Severity => SEVERITIES[state]
