/** Which item the votes go to, what that will change, and why. */
import type { MergeAnswer } from '../../../../../contract/board.ts'
import type { ModeratedItem } from '../../../../../contract/moderation.ts'
import { post } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { count, figure } from '../../../app/time.ts'
import { say } from '../../../app/toasts.tsx'
import { SelectField } from '../../../components/Field.tsx'
import { ProblemNote, Waiting } from '../../../components/Loading.tsx'
import { ReasonDialog } from '../../../components/ReasonDialog.tsx'
import { Untrusted, legible } from '../../../components/Untrusted.tsx'

interface Props {
  project: string
  item: ModeratedItem
  others: readonly ModeratedItem[]
  onDone(): void
  onClose(): void
}

export function MergeDialog({ project, item, others, onDone, onClose }: Props) {
  const { query, set } = useView()
  const target = others.find(({ id }) => id === query['into'])
  const into = target?.id
  const preview = useLoad(async () => (into === undefined ? null : {
    into, answer: await post<MergeAnswer>(`/moderation/v1/items/${item.id}/merge`, { project, into, reason: 'preview', dryRun: true }),
  }), [into])
  const shown = preview.data?.into === into ? preview.data?.answer : undefined
  const act = async (reason: string): Promise<void> => {
    if (into === undefined) return
    const { id, moved } = await post<MergeAnswer>(`/moderation/v1/items/${item.id}/merge`, { project, into, reason })
    onDone()
    say({
      text: `“${item.title}” was merged, and ${count(moved, 'vote')} went with it.`,
      undo: {
        run: async () => {
          await post(`/moderation/v1/merges/${id}/undo`, { project })
          onDone()
          return `“${item.title}” is on the board again, with its votes.`
        },
      },
    })
  }
  return (
    <ReasonDialog title="Merge into another item" verb="Merge" ready={shown !== undefined} draft={`${project}:merge:${item.id}`} act={act} onClose={onClose}>
      <p><strong><Untrusted text={item.title} /></strong> leaves the board. Its votes go to the item you choose, one for each voter.</p>
      <SelectField label="Into" any="choose an item" value={into} options={others.map(({ id, title }) => [id, legible(title, 80)] as const)} onChange={(value) => set({ into: value }, { replace: true })} />
      <ProblemNote problem={preview.problem} />
      {into !== undefined && shown === undefined && preview.slow && <Waiting>Counting…</Waiting>}
      {target !== undefined && shown !== undefined && <Preview answer={shown} target={target} />}
    </ReasonDialog>
  )
}

function Preview({ answer: { moved, kept, held, tallyChanges }, target }: { answer: MergeAnswer; target: ModeratedItem }) {
  const change = tallyChanges.find(({ itemId }) => itemId === target.id)
  return (
    <div class="merge-preview" role="status">
      <p class="merge-tally">
        {change === undefined
          ? <>The board goes on showing the same for <Untrusted text={target.title} max={60} />.</>
          : <><strong><Untrusted text={target.title} max={60} /></strong> shows <strong>{figure(change.after)}</strong> instead of {count(change.before, 'vote')}.</>}
      </p>
      <ul class="small">
        <li>{count(moved, 'vote')} {moved === 1 ? 'goes' : 'go'} along, each in the state it has.</li>
        {kept > 0 && <li>{count(kept, 'vote')} {kept === 1 ? 'stays' : 'stay'} behind: {kept === 1 ? 'its voter has' : 'their voters have'} one there already.</li>}
        {held > 0 && <li>{count(held, 'vote')} will be held: the same browser and network has a counted vote there.</li>}
        <li>It can be undone exactly, also later.</li>
      </ul>
    </div>
  )
}
