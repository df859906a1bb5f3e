/** A cohort drawn as one: who its votes are, what they share, and what to do about them. */
import { useState } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { CohortMember, CohortMembersAnswer } from '../../../../contract/vote-views.ts'
import { useCan } from '../../app/account.ts'
import { searchOf } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { count, figure, percent, span, words } from '../../app/time.ts'
import { say } from '../../app/toasts.tsx'
import { VoteStateBadge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Empty, Ready } from '../../components/Loading.tsx'
import { Facts, Page, Panel } from '../../components/Page.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { ActionDialog } from './ActionDialog.tsx'
import { CohortMatrix, FIELD_NAMES, FieldValue, type SharedField } from './CohortMatrix.tsx'
import { CohortState } from './CohortsTab.tsx'
import { type Items, useItems } from './items.ts'
import { voteHref } from './vote-columns.tsx'
import { invalidateCohort, liftCohort, loadCohort, previewCohort } from './wire.ts'
import './votes.css'

export default function CohortPage() {
  const { required: project } = useProject()
  const id = useRoute().params['id'] ?? ''
  if (project === undefined) return <Page title="Cohort"><Empty>There is no project yet.</Empty></Page>
  return <OfProject key={`${project} ${id}`} project={project} id={id} />
}

function OfProject({ project, id }: { project: string; id: string }) {
  const can = useCan()
  const items = useItems(project)
  const loaded = useLoad((signal) => loadCohort(project, id, signal), [project, id])
  const [doing, setDoing] = useState<'lift' | 'invalidate' | undefined>()
  const close = (): void => setDoing(undefined)
  const cohort = loaded.data?.cohort
  const held = cohort?.votesHeld ?? 0
  const lift = async (reason: string): Promise<void> => {
    const { matched } = await liftCohort(project, id, reason)
    loaded.reload()
    say({ kind: 'good', text: `Lifted: ${count(matched, 'vote')} put back.` })
  }
  return (
    <Page
      title={`Cohort ${id}`} lead={cohort?.words}
      actions={can('moderator') && cohort !== undefined && <>
        <button type="button" class="button" onClick={() => setDoing('lift')}>Lift it</button>
        <button type="button" class="button danger" disabled={held === 0} onClick={() => setDoing('invalidate')}>Invalidate its votes</button>
      </>}
    >
      <p><a href={`/dashboard/votes${searchOf({ project, tab: 'cohorts' })}`}>All cohorts</a></p>
      <Ready of={loaded}>{(answer) => <Drawn project={project} items={items} answer={answer} />}</Ready>
      {doing === 'lift' && (
        <ReasonDialog title="Lift the cohort" verb="Lift it" draft={`votes:lift:${id}`} act={lift} onClose={close}>
          <p>{held === 0 ? 'It holds no vote now.' : `${count(held, 'vote')} it holds ${held === 1 ? 'is' : 'are'} put back into the state they had, unless something else keeps them out.`} It holds no further votes.</p>
          <p class="note warn">Lifting has no undo. If you change your mind, invalidate or hold the votes instead: that can be taken back.</p>
        </ReasonDialog>
      )}
      {doing === 'invalidate' && (
        <ActionDialog
          project={project} itemTitle={items.title} onDone={loaded.reload} onClose={close}
          planned={{ kind: 'invalidate', what: `Every vote that cohort ${id} holds.`, selection: `cohort ${id}`, preview: () => previewCohort(project, id), apply: (reason) => invalidateCohort(project, id, reason) }}
        />
      )}
    </Page>
  )
}

function Drawn({ project, items, answer }: { project: string; items: Items; answer: CohortMembersAnswer }) {
  const { cohort, counts, members } = answer
  const list = (filter: Record<string, string>): string => `/dashboard/votes${searchOf({ project, tab: 'all', ...filter })}`
  return (
    <>
      <Panel title="What was found">
        <Facts facts={[
          ['State', <CohortState key="state" cohort={cohort} />],
          ['Item', <Untrusted key="item" text={items.title(cohort.itemId)} max={100} />],
          ['Kind', words(cohort.kind)],
          cohort.matches !== '*' && ['They share', <Untrusted key="matches" text={cohort.matches} max={100} />],
          ['Votes', <span key="votes">{figure(counts.held)} held, {figure(counts.invalidated)} invalidated, {figure(counts.counted)} counted. <a href={list({ cohort: cohort.id })}>Those it holds</a></span>],
          ['First sign', <Time key="first" at={cohort.firstSignAt} absolute />],
          ['Found', <span key="opened"><Time at={cohort.openedAt} absolute /> by {cohort.actor}</span>],
          ['Holds further votes', <span key="until">until <Time at={cohort.expiresAt} absolute /></span>],
          cohort.liftedAt !== null && ['Lifted', <span key="lifted"><Time at={cohort.liftedAt} absolute /> by <Untrusted text={cohort.liftedBy} max={60} /></span>],
          ['Evidence', <Evidence key="evidence" evidence={cohort.evidence} />],
        ]} />
      </Panel>
      <Panel title="Who shares what"><CohortMatrix answer={answer} votesHref={list} /></Panel>
      <Panel title="Its votes" flush><Members project={project} members={members} /></Panel>
    </>
  )
}

/** What the numbers of a test are called; one that is not here keeps its own name. */
const NUMBERS: Readonly<Record<string, readonly [string, (value: number) => string]>> = {
  voters: ['voters in the group', figure], forItem: ['for this item', figure], onlyItem: ['for nothing else', figure], expected: ['usual share', percent],
  chance: ['chance of an honest crowd', (value) => (value === 0 ? 'none' : value.toExponential(1))], standsMs: ['stands after its last vote', span],
}

function Evidence({ evidence }: { evidence: unknown }) {
  if (typeof evidence !== 'object' || evidence === null) return <span class="muted">–</span>
  return (
    <span class="evidence">
      {Object.entries(evidence).flatMap(([name, value]) => {
        if (typeof value !== 'number') return []
        const [title, tell] = NUMBERS[name] ?? [words(name), String]
        return [<span key={name}><span class="muted">{title}</span> {tell(value)}</span>]
      })}
    </span>
  )
}

const SHOWN_FIELDS: readonly SharedField[] = ['network', 'core', 'fingerprint', 'userAgent']

function Members({ project, members }: { project: string; members: readonly CohortMember[] }) {
  const columns: Column<CohortMember>[] = [
    { head: 'Vote', kind: 'primary', cell: ({ voteId, voter }) => <a href={voteHref(project, voteId)}>voter <code>{voter.slice(0, 8)}</code></a> },
    { head: 'State', kind: 'tight', cell: ({ state }) => <VoteStateBadge state={state} /> },
    ...SHOWN_FIELDS.map((field): Column<CohortMember> => ({
      head: FIELD_NAMES[field],
      cell: ({ values }) => { const value = values[field]; return value === undefined ? <span class="muted">–</span> : <FieldValue field={field} value={value} max={40} letters={10} /> },
    })),
    { head: 'Cast', kind: 'tight', cell: ({ castAt }) => <Time at={castAt} /> },
  ]
  return <DataTable caption="Votes of the cohort, newest first" columns={columns} rows={members} rowKey={({ voteId }) => voteId} empty="It never held a vote." />
}
