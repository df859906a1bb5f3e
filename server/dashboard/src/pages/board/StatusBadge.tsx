import type { ItemStatus } from '../../../../contract/primitives.ts'
import { Badge, type Tone } from '../../components/Badges.tsx'

const TONES: Record<ItemStatus, Tone> = { open: 'accent', planned: 'medium', started: 'medium', shipped: 'good', declined: '' }
export const StatusBadge = ({ status }: { status: ItemStatus }) => <Badge tone={TONES[status]}>{status}</Badge>

/** As the field says them: the last two close voting. */
export const STATUS_OPTIONS: readonly (readonly [ItemStatus, string])[] = [
  ['open', 'open'], ['planned', 'planned'], ['started', 'started'], ['shipped', 'shipped, voting closed'], ['declined', 'declined, voting closed'],
]
