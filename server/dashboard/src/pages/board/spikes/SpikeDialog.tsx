/** For which item a crowd is expected, from when to when, and why. */
import { useState } from 'preact/hooks'
import type { ModeratedItem } from '../../../../../contract/moderation.ts'
import { post } from '../../../app/api.ts'
import { say } from '../../../app/toasts.tsx'
import { Field, SelectField } from '../../../components/Field.tsx'
import { ReasonDialog } from '../../../components/ReasonDialog.tsx'
import { legible } from '../../../components/Untrusted.tsx'

const HOUR_MS = 3_600_000
const LONGEST_MS = 14 * 24 * HOUR_MS

interface Props {
  project: string
  items: readonly ModeratedItem[]
  /** An item's id to begin with, or anything else for all of them. */
  item: string
  onDone(): void
  onClose(): void
}

export function SpikeDialog({ project, items, item, onDone, onClose }: Props) {
  const [itemId, setItemId] = useState(items.some(({ id }) => id === item) ? item : '')
  const [from, setFrom] = useState(() => localText(Date.now()))
  const [to, setTo] = useState(() => localText(Date.now() + 24 * HOUR_MS))
  const startsAt = new Date(from).getTime()
  const endsAt = new Date(to).getTime()
  const fault = !(endsAt > startsAt) ? 'It ends before it begins.' : endsAt - startsAt > LONGEST_MS ? 'At most 14 days.' : undefined
  const act = async (reason: string): Promise<void> => {
    await post('/moderation/v1/expected-spikes', { project, ...(itemId === '' ? {} : { itemId }), startsAt, endsAt, reason })
    onDone()
    say({ text: 'The crowd is expected.' })
  }
  return (
    <ReasonDialog title="Announce a crowd" verb="Announce it" ready={fault === undefined} draft={`${project}:spike`} act={act} onClose={onClose}>
      <SelectField label="For" any="every item" value={itemId} options={items.map(({ id, title }) => [id, legible(title, 80)] as const)} onChange={setItemId} />
      <Field label="From" hint="Your own time. It may be in the past: who has come since is then expected too.">
        <input type="datetime-local" required value={from} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setFrom(event.currentTarget.value)} />
      </Field>
      <Field label="To" error={fault}>
        <input type="datetime-local" required value={to} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setTo(event.currentTarget.value)} />
      </Field>
    </ReasonDialog>
  )
}

const two = (part: number): string => String(part).padStart(2, '0')

/** As `datetime-local` wants it: the reader's own clock, to the minute. */
function localText(at: number): string {
  const time = new Date(at)
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}`
}
