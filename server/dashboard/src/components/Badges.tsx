import type { ComponentChildren } from 'preact'
import type { Severity, VoteState } from '../../../contract/primitives.ts'

export type Tone = 'good' | 'medium' | 'high' | 'critical' | 'accent' | ''

export const Badge = ({ tone = '', children }: { tone?: Tone; children: ComponentChildren }) => <span class={`badge ${tone}`}>{children}</span>

export const SeverityBadge = ({ severity }: { severity: Severity }) => <span class={`badge severity ${severity}`}>{severity}</span>

const TONES: Record<VoteState, Tone> = { counted: 'good', held: 'medium', invalidated: 'critical' }
export const VoteStateBadge = ({ state }: { state: VoteState }) => <Badge tone={TONES[state]}>{state}</Badge>
