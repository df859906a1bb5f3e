/** Until when something is to last: one of a few lengths, or a moment. */
import { useState } from 'preact/hooks'
import { exact } from '../../app/time.ts'
import { Field, SelectField } from '../../components/Field.tsx'

const HOUR_MS = 3_600_000
const LENGTHS: readonly (readonly [string, string])[] = [['1', '1 hour'], ['4', '4 hours'], ['24', '1 day'], ['168', '7 days'], ['720', '30 days']]

/** From now on, which is when somebody presses the button. Milliseconds since the epoch; null: without end; undefined: no moment to come. */
function endOf(choice: string, moment: string): number | null | undefined {
  const now = Date.now()
  if (choice === 'open') return null
  if (choice !== 'moment') return now + Number(choice) * HOUR_MS
  const ms = Date.parse(moment)
  return ms > now ? ms : undefined
}

/** @param props.open whether it may last until somebody ends it */
export function useEnd({ open = false, hours = 24 } = {}) {
  const [choice, setChoice] = useState(open ? 'open' : String(hours))
  const [moment, setMoment] = useState('')
  const chosen = Date.parse(moment)
  const fields = (
    <div class="end-choice">
      <SelectField label="Until" any={null} value={choice} options={[...(open ? [['open', 'somebody ends it'] as const] : []), ...LENGTHS.map(([id, title]) => [id, `in ${title}`] as const), ['moment', 'a moment of your choice']]} onChange={setChoice} />
      {choice === 'moment' && (
        <Field label="Moment" hint={Number.isFinite(chosen) ? exact(chosen) : 'In your time zone, and to come.'}>
          <input type="datetime-local" required value={moment} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setMoment(event.currentTarget.value)} />
        </Field>
      )}
    </div>
  )
  return { at: () => endOf(choice, moment), fields }
}
