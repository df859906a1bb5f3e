import type { Rule } from '../../../../../contract/alert.ts'
import { Badge } from '../../../components/Badges.tsx'

/** Whether a rule acts, in a word. */
export function RuleMode({ rule: { actions, mode, modeSetBy } }: { rule: Pick<Rule, 'actions' | 'mode' | 'modeSetBy'> }) {
  if (actions.length === 0) return <Badge>only alerts</Badge>
  const acting = actions.filter((action) => action.mode === 'enforce').length
  if (mode === 'log' || acting === 0) return <Badge tone="medium">{modeSetBy === 'gate' ? 'writes down, as the gate' : 'writes down'}</Badge>
  return <Badge tone="good">{acting === actions.length ? 'acts' : `acts in ${acting} of ${actions.length} ways`}</Badge>
}
