/** A new block: whom, how much of it, until when and why. */
import { useState } from 'preact/hooks'
import type { Block, BlockRequest } from '../../../../contract/moderation.ts'
import type { BlockKind } from '../../../../contract/primitives.ts'
import { del, post } from '../../app/api.ts'
import { useDraft } from '../../app/load.ts'
import { say } from '../../app/toasts.tsx'
import { Field, SelectField } from '../../components/Field.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { useEnd } from './EndChoice.tsx'

export const KINDS: Record<BlockKind, string> = {
  ip: 'address', network: 'network', fingerprint: 'fingerprint', user: 'user', device: 'device', origin: 'origin', api_key: 'project key',
}
export const COVERAGE: Record<Block['covers'], string> = {
  widget: 'stopped', writes: 'may read, not write', operator: 'operator calls stopped', sessions: 'sessions ended', limits: 'limits halved', step_up: 'has to work before a vote',
}
const HINTS: Record<BlockKind, string> = {
  ip: 'Such as 203.0.113.7.', network: 'CIDR, such as 203.0.113.0/24. Many people can share one.', fingerprint: 'As votes and events show it. Identical devices share one.',
  user: 'The user id as your tokens say it, or a voter id from the vote list.', device: 'A device id from the vote list.', origin: 'Such as https://copy.example.', api_key: 'The public key of this project: its whole widget stops.',
}
type Covers = NonNullable<BlockRequest['covers']>
/** What a block of each effect can be on. */
const ON: Record<Covers, readonly BlockKind[]> = {
  widget: ['ip', 'network', 'fingerprint', 'user', 'device', 'origin', 'api_key'], writes: ['ip', 'network', 'api_key'], limits: ['ip', 'network'], step_up: ['ip', 'network', 'device'],
}
const EFFECTS: readonly (readonly [Covers, string])[] = [
  ['widget', 'stop it'], ['limits', 'halve its limits'], ['step_up', 'ask for work before each vote'], ['writes', 'let it read, not write'],
]

export function BlockDialog({ project, onDone, onClose }: { project: string; onDone: () => void; onClose: () => void }) {
  const [covers, setCovers] = useState<Covers>('widget')
  const [kind, setKind] = useState<BlockKind>('ip')
  const [value, setValue, forget] = useDraft('block-value')
  const end = useEnd({ hours: 24 })
  const on = ON[covers].includes(kind) ? kind : 'ip'
  const act = async (reason: string): Promise<void> => {
    const expiresAt = end.at()
    if (typeof expiresAt !== 'number') throw new Error('The end has to be a moment to come.')
    const body: BlockRequest = { project, kind: on, value: value.trim(), covers, reason, expiresAt }
    const block = await post<Block>('/moderation/v1/blocks', body)
    forget()
    say({ text: `${block.value} is ${COVERAGE[block.covers]}, on every server.`, undo: { run: async () => {
      await del(`/moderation/v1/blocks/${block.id}`, { project })
      onDone()
      return 'The block is lifted.'
    } } })
    onDone()
  }
  return (
    <ReasonDialog title="Block a source" verb="Block" danger draft="block" ready={value.trim() !== ''} act={act} onClose={onClose}>
      <SelectField label="Effect" any={null} value={covers} options={EFFECTS} onChange={(chosen) => setCovers(EFFECTS.find(([id]) => id === chosen)?.[0] ?? 'widget')} />
      <SelectField label="Kind" any={null} value={on} options={ON[covers].map((id) => [id, KINDS[id]] as const)} onChange={(chosen) => setKind(ON[covers].find((id) => id === chosen) ?? 'ip')} />
      <Field label="Source" hint={HINTS[on]}>
        <input type="text" required maxLength={200} autoComplete="off" spellcheck={false} value={value} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setValue(event.currentTarget.value)} />
      </Field>
      {end.fields}
    </ReasonDialog>
  )
}
