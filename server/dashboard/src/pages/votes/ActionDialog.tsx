/** An action on votes: what it would change, why it is done, and a way back once it is. */
import type { ActionAnswer } from '../../../../contract/moderation.ts'
import { useLoad } from '../../app/load.ts'
import { count, figure } from '../../app/time.ts'
import { say } from '../../app/toasts.tsx'
import { Ready, Waiting } from '../../components/Loading.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { TallyChanges } from './TallyChanges.tsx'
import { type ActionKind, undoAction } from './wire.ts'

const WORDS: Record<ActionKind, { title: string; verb: string; will: string; done: string; means: string }> = {
  invalidate: {
    title: 'Invalidate votes', verb: 'Invalidate', will: 'invalidated', done: 'invalidated',
    means: 'Invalidated votes are in no tally. Nothing is deleted, and voters are not told.',
  },
  hold: {
    title: 'Hold votes back', verb: 'Hold', will: 'held back', done: 'held',
    means: 'Held votes wait outside the tally until somebody releases them.',
  },
  release: {
    title: 'Release votes', verb: 'Release', will: 'counted', done: 'released',
    means: 'Released votes count, whatever held them.',
  },
}

export interface PlannedAction {
  kind: ActionKind
  /** Which votes, in words: `14 selected votes`, `every vote held for its seat`. */
  what: string
  /** Which votes, exactly: a reason begun for these is not offered for others. */
  selection: string
  preview(): Promise<ActionAnswer>
  apply(reason: string): Promise<ActionAnswer>
}

interface Props {
  project: string
  planned: PlannedAction
  itemTitle(id: string): string
  /** Something changed: done, or taken back. */
  onDone(): void
  onClose(): void
}

export function ActionDialog({ project, planned, itemTitle, onDone, onClose }: Props) {
  const { kind, what, selection } = planned
  const { title, verb, will, done, means } = WORDS[kind]
  const preview = useLoad(() => planned.preview(), [])
  const matched = preview.data?.matched ?? 0

  const act = async (reason: string): Promise<void> => {
    const answer = await planned.apply(reason)
    onDone()
    const { id } = answer
    say({
      kind: 'good', text: `${count(answer.matched, 'vote')} ${done}.`,
      ...(id === null ? {} : {
        undo: {
          run: async () => {
            const undone = await undoAction(project, id, 'Taken back at once')
            onDone()
            return `Taken back: ${count(undone.matched, 'vote')} as before.`
          },
        },
      }),
    })
  }

  return (
    <ReasonDialog
      title={title} verb={matched > 0 ? `${verb} ${count(matched, 'vote')}` : verb} danger={kind === 'invalidate'} ready={matched > 0} draft={`${project}:votes:${kind}:${selection}`}
      act={act} onClose={onClose}
    >
      <p><Untrusted text={what} max={600} /></p>
      <div aria-live="polite">
        {preview.data === undefined && preview.problem === undefined && <Waiting>Counting what would change…</Waiting>}
        <Ready of={preview}>{(answer) => <TallyChanges answer={answer} itemTitle={itemTitle} sentence={`${figure(answer.matched)} ${answer.matched === 1 ? 'vote' : 'votes'} will be ${will}.`} />}</Ready>
      </div>
      <p class="small muted">{means} It can be taken back exactly: with Undo in the message that follows, or later under Actions.</p>
    </ReasonDialog>
  )
}
