/** Which alerts a channel is told, and how often. */
import type { Channel } from '../../../../../contract/channel.ts'
import { SEVERITIES } from '../../../../../contract/primitives.ts'
import { Choice, Field } from '../../../components/Field.tsx'
import '../choices.css'

type Times = 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'
/** A time that nobody gave is the server’s to choose. */
export type RoutingDraft = Pick<Channel, 'severities' | 'rules' | 'escalationsOnly' | 'allowPrivate'> & Partial<Pick<Channel, Times>>

export const routingOf = ({ severities, rules, escalationsOnly, allowPrivate, groupWaitMs, groupIntervalMs, repeatIntervalMs }: Channel): RoutingDraft =>
  ({ severities, rules, escalationsOnly, allowPrivate, groupWaitMs, groupIntervalMs, repeatIntervalMs })

const MINUTE_MS = 60_000

export function Routing({ draft, onChange, private: mayBePrivate }: { draft: RoutingDraft; onChange: (part: Partial<RoutingDraft>) => void; private: boolean }) {
  const { severities, rules, escalationsOnly, allowPrivate } = draft
  return (
    <div class="form">
      <fieldset class="choices">
        <legend>Alerts it is told</legend>
        {SEVERITIES.map((severity) => (
          <Choice key={severity} label={severity} checked={severities.includes(severity)}
            onChange={(on) => onChange({ severities: SEVERITIES.filter((one) => (one === severity ? on : severities.includes(one))) })} />
        ))}
        {severities.length === 0 && <span class="error" role="alert">Choose one at least.</span>}
      </fieldset>
      <Field label="Only of these rules" hint="Names with commas between them; empty for all.">
        <input type="text" spellcheck={false} autoComplete="off" value={rules?.join(', ') ?? ''} onChange={(event: Event & { currentTarget: HTMLInputElement }) => onChange({ rules: rulesOf(event.currentTarget.value) })} />
      </Field>
      <Choice label="Only what nobody answered in time" hint="Escalations: for whoever is called when the first does not come." checked={escalationsOnly} onChange={(on) => onChange({ escalationsOnly: on })} />
      <Minutes label="The first waits for others like it (seconds)" usual="10" unitMs={1000} max={600} value={draft.groupWaitMs} onChange={(groupWaitMs) => onChange({ groupWaitMs })} />
      <Minutes label="What is new in a group is told after (minutes)" usual="5" unitMs={MINUTE_MS} max={1440} value={draft.groupIntervalMs} onChange={(groupIntervalMs) => onChange({ groupIntervalMs })} />
      <Minutes label="What still fires is told again after (minutes)" usual="240" unitMs={MINUTE_MS} min={1} max={43_200} value={draft.repeatIntervalMs} onChange={(repeatIntervalMs) => onChange({ repeatIntervalMs })} />
      {mayBePrivate && <Choice label="May reach private addresses" hint="And unencrypted (http) ones: for receivers in your own network. Cloud metadata stays out of reach." checked={allowPrivate} onChange={(on) => onChange({ allowPrivate: on })} />}
    </div>
  )
}

function rulesOf(text: string): string[] | null {
  const names = text.split(/[,;\s]+/).filter((name) => name !== '')
  return names.length === 0 ? null : names
}

const Minutes = ({ label, usual, value, unitMs, min = 0, max, onChange }: { label: string; usual: string; value: number | undefined; unitMs: number; min?: number; max: number; onChange: (ms: number) => void }) => (
  <Field label={label}>
    <input type="number" required={value !== undefined} min={min} max={max} step="any" placeholder={usual} value={value === undefined ? '' : value / unitMs}
      onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => { if (event.currentTarget.value !== '') onChange(Math.round((Number(event.currentTarget.value) || 0) * unitMs)) }} />
  </Field>
)
