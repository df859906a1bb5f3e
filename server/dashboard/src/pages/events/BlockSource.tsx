/** Blocks the source of an event until a time, or makes it harder for it: the same call with another reach. */
import { useState } from 'preact/hooks'
import type { Block, BlockRequest } from '../../../../contract/moderation.ts'
import { useAccount } from '../../app/account.ts'
import { del, post } from '../../app/api.ts'
import { say } from '../../app/toasts.tsx'
import { exact } from '../../app/time.ts'
import { Field, SelectField } from '../../components/Field.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Untrusted, legible } from '../../components/Untrusted.tsx'
import { useEnd } from '../alerts/EndChoice.tsx'
import { EASE, LIMITABLE, subjectsOf } from './subjects.ts'
import type { SecurityEvent } from './wire.ts'

interface Props {
  event: SecurityEvent
  /** block: it is stopped. adjust: it goes on under stricter limits. */
  how: 'block' | 'adjust'
  onDone(): void
  onClose(): void
}

export function BlockSource({ event, how, onDone, onClose }: Props) {
  const { projects } = useAccount()
  const choices = subjectsOf(event).filter(({ kind }) => how === 'block' || LIMITABLE.includes(kind))
  const [kind, setKind] = useState(choices[0]?.kind ?? 'ip')
  const [covers, setCovers] = useState<NonNullable<BlockRequest['covers']>>(how === 'block' ? 'widget' : 'limits')
  const [user, setUser] = useState('')
  const [project, setProject] = useState(event.projectId ?? projects[0]?.id ?? '')
  const end = useEnd({ hours: 24 })
  const chosen = choices.find((choice) => choice.kind === kind)
  const value = kind === 'user' ? user.trim() : (chosen?.value ?? '')

  const act = async (reason: string): Promise<void> => {
    const expiresAt = end.at()
    if (typeof expiresAt !== 'number') throw new Error('The end has to be a moment to come.')
    const block = await post<Block>('/moderation/v1/blocks', { project, kind, value, covers, reason, expiresAt } satisfies BlockRequest)
    say({
      kind: 'good', text: how === 'block' ? `${block.value} is blocked until ${exact(block.expiresAt)}.` : `${block.value}: stricter until ${exact(block.expiresAt)}.`,
      undo: { label: 'Lift it', run: async () => {
        await del(`/moderation/v1/blocks/${block.id}`, { project })
        return `${block.value} is as it was.`
      } },
    })
    onDone()
  }
  return (
    <ReasonDialog title={how === 'block' ? 'Block the source' : 'Adjust its limits'} verb={how === 'block' ? 'Block it' : 'Adjust'} danger={how === 'block'} draft={`${how}:${event.id}`}
      ready={value !== '' && project !== ''} act={act} onClose={onClose}>
      <SelectField label="What" any={null} value={kind} options={choices.map((choice) => [choice.kind, choice.value === '' ? choice.title : `${choice.title}, ${legible(choice.value, 60)}`] as const)}
        onChange={(next) => setKind(choices.find((choice) => choice.kind === next)?.kind ?? kind)} />
      {kind === 'user' && (
        <Field label="User id" hint={<>As your tokens say it: the ledger has <Untrusted text={event.metadata.endUserId} max={40} /> only.</>}>
          <input type="text" required maxLength={200} autoComplete="off" spellcheck={false} value={user} onInput={(input: InputEvent & { currentTarget: HTMLInputElement }) => setUser(input.currentTarget.value)} />
        </Field>
      )}
      {how === 'adjust' && (
        <SelectField label="How" any={null} value={covers} options={EASE.map(([id, title]) => [id, title] as const)} hint={EASE.find(([id]) => id === covers)?.[2] ?? ''}
          onChange={(next) => setCovers(EASE.find(([id]) => id === next)?.[0] ?? 'limits')} />
      )}
      {event.projectId === null && <SelectField label="Project" any={null} value={project} options={projects.map(({ id, name }) => [id, name] as const)} hint="The event names none." onChange={setProject} />}
      {end.fields}
      {kind === 'network' && <p class="note warn">A network can be an office or a town: everybody in it is met.</p>}
    </ReasonDialog>
  )
}
