/** Blocks in force, of rules and of people: lifting one, and setting another. */
import { useState } from 'preact/hooks'
import type { Block } from '../../../../contract/moderation.ts'
import { useAccount, useCan, useProjectName } from '../../app/account.ts'
import { del, get } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { say } from '../../app/toasts.tsx'
import { Badge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Empty, ProblemNote } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { useAction } from '../../app/load.ts'
import { BlockDialog, COVERAGE, KINDS } from './BlockDialog.tsx'
import type { BlockList } from './wire.ts'

export function Blocks() {
  const { required } = useProject()
  const { projects } = useAccount()
  const can = useCan()
  const projectName = useProjectName()
  const [adding, setAdding] = useState(false)
  const [lifting, setLifting] = useState<Block | undefined>()
  const blocks = useLoad(async (signal) => (required === undefined ? { blocks: [] } : await get<BlockList>('/moderation/v1/blocks', { project: required }, signal)), [required])
  if (required === undefined) return <Empty>There is no project yet.</Empty>
  const columns: Column<Block>[] = [
    { head: 'Source', kind: 'primary', cell: ({ kind, value }) => <><Untrusted text={value} /> <span class="small muted">{KINDS[kind]}</span></> },
    { head: 'Effect', cell: ({ covers }) => COVERAGE[covers] },
    { head: 'Why', cell: ({ reason, actor }) => <><Untrusted text={reason} /><div class="small muted">by <Untrusted text={actor} max={60} /></div></> },
    { head: 'Set by', kind: 'tight', cell: ({ actor }) => <Badge tone={actor.startsWith('rule:') ? 'accent' : ''}>{actor.startsWith('rule:') ? 'a rule' : 'a person'}</Badge> },
    { head: 'Since', kind: 'tight', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { head: 'Ends', kind: 'tight', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    { head: 'Actions', kind: 'action', cell: (block) => can('moderator') && <button type="button" class="button small" onClick={() => setLifting(block)}>Lift<span class="visually-hidden"> the block on {block.value}</span></button> },
  ]
  return (
    <>
      <div class="row spread">
        <p class="muted">{projects.length > 1 && `In ${projectName(projects.find(({ publicKey }) => publicKey === required)?.id ?? null)}, with those of every project.`}</p>
        {can('moderator') && <button type="button" class="button" onClick={() => setAdding(true)}>Block a source</button>}
      </div>
      <Panel flush><DataTable caption="Blocks in force" columns={columns} {...blocks} rows={blocks.data?.blocks} rowKey={({ id }) => id} empty="Nothing is blocked." /></Panel>
      {adding && <BlockDialog project={required} onDone={blocks.reload} onClose={() => setAdding(false)} />}
      {lifting !== undefined && <LiftDialog block={lifting} project={required} onDone={blocks.reload} onClose={() => setLifting(undefined)} />}
    </>
  )
}

function LiftDialog({ block, project, onDone, onClose }: { block: Block; project: string; onDone: () => void; onClose: () => void }) {
  const lift = useAction(async () => {
    await del(`/moderation/v1/blocks/${block.id}`, { project })
    say({ text: `The block on ${block.value} is lifted.` })
    onDone()
    onClose()
  })
  return (
    <Dialog title="Lift the block" onClose={onClose}>
      <p><Untrusted text={block.value} /> may come again at once, on every server. Every other block on the same source is lifted with it.</p>
      {block.actor.startsWith('rule:') && <p>A rule set it. Nothing automatic acts on the same source for an hour then.</p>}
      <ProblemNote problem={lift.problem} />
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class="button primary" aria-busy={lift.busy} onClick={() => void lift.run()}>Lift it</button>
      </div>
    </Dialog>
  )
}
