/** From which score on what happens, for each thing a visitor can do. */
import type { Band, Endpoint } from '../../../../../contract/policy.ts'
import type { Mode, PolicyAnswer } from '../../../../../contract/settings.ts'
import { Badge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Panel } from '../../../components/Page.tsx'

const ENDPOINTS: readonly [Endpoint, string][] = [['POST sessions', 'Starting a session'], ['PUT vote', 'Voting'], ['POST feedback', 'Sending feedback']]
const MEANING: Record<Band, string> = {
  log: 'goes through; the ledger says so', throttle: 'is asked to wait a minute', challenge: 'is asked for more work',
  hold: 'is recorded, and held out of the tally', block: 'is refused',
}

interface Row {
  endpoint: Endpoint
  title: string
  band: Band
  from: number
  mode: Mode
  /** Of the policy itself. */
  own: Mode
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'What somebody does', kind: 'primary', cell: ({ title }) => title },
  { head: 'From a score of', kind: 'number', cell: ({ from }) => from.toFixed(2) },
  { head: 'It', cell: ({ band }) => MEANING[band] },
  {
    head: 'Now', kind: 'tight', cell: ({ mode, own }) => (
      <span class="row">
        <Badge tone={mode === 'log' ? 'medium' : 'good'}>{mode === 'log' ? 'only written down' : 'enforced'}</Badge>
        {mode !== own && <span class="small muted">enforced when the gate acts</span>}
      </span>
    ),
  },
]

export function Bands({ policy }: { policy: PolicyAnswer }) {
  const rows = ENDPOINTS.flatMap(([endpoint, title]) => policy.policy.bands[endpoint].map((rule, index) => ({ endpoint, title, ...rule, own: policy.own[endpoint][index]?.mode ?? rule.mode })))
  return (
    <Panel title={`Bands of the policy ${policy.version}`} flush>
      <DataTable caption="Bands" rows={rows} rowKey={({ endpoint, band }) => `${endpoint} ${band}`} empty="No score leads to anything." columns={COLUMNS} />
    </Panel>
  )
}
