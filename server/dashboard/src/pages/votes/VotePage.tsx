/** One vote: where it is and why, every time it was cast, and everything that was done to it. */
import { useState } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { VoteAnswer, VoteDecision, VoteLayer } from '../../../../contract/vote-views.ts'
import { useCan } from '../../app/account.ts'
import { searchOf } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { words } from '../../app/time.ts'
import { Badge, VoteStateBadge } from '../../components/Badges.tsx'
import { Empty, Ready } from '../../components/Loading.tsx'
import { Facts, Page, Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted, legible } from '../../components/Untrusted.tsx'
import { ActionDialog } from './ActionDialog.tsx'
import { type Items, useItems } from './items.ts'
import { Reasons, Score } from './Reasons.tsx'
import { cohortHref } from './vote-columns.tsx'
import { type ActionKind, applyAction, loadVote, previewAction } from './wire.ts'
import './votes.css'

export default function VotePage() {
  const { required: project } = useProject()
  const id = useRoute().params['id'] ?? ''
  if (project === undefined) return <Page title="Vote"><Empty>There is no project yet.</Empty></Page>
  return <OfProject key={`${project} ${id}`} project={project} id={id} />
}

const ACTIONS: Record<VoteAnswer['vote']['state'], readonly (readonly [ActionKind, string])[]> = {
  counted: [['invalidate', 'Invalidate'], ['hold', 'Hold']], held: [['release', 'Release'], ['invalidate', 'Invalidate']], invalidated: [],
}

function OfProject({ project, id }: { project: string; id: string }) {
  const can = useCan()
  const items = useItems(project)
  const loaded = useLoad((signal) => loadVote(project, id, signal), [project, id])
  const [doing, setDoing] = useState<ActionKind | undefined>()
  const vote = loaded.data?.vote
  const which = { voteIds: [id] }
  return (
    <Page
      title={vote === undefined ? 'Vote' : `A vote on “${legible(items.title(vote.itemId), 80)}”`}
      actions={can('moderator') && vote !== undefined && ACTIONS[vote.state].map(([kind, verb]) =>
        <button key={kind} type="button" class={`button ${kind === 'invalidate' ? 'danger' : ''}`} onClick={() => setDoing(kind)}>{verb}</button>)}
    >
      <p><a href={`/dashboard/votes${searchOf({ project, tab: 'all' })}`}>All votes</a></p>
      <Ready of={loaded}>{(answer) => <Told project={project} items={items} answer={answer} />}</Ready>
      {doing !== undefined && (
        <ActionDialog
          project={project} itemTitle={items.title} onDone={loaded.reload} onClose={() => setDoing(undefined)}
          planned={{ kind: doing, what: 'This vote.', selection: id, preview: () => previewAction(project, doing, which), apply: (reason) => applyAction(project, doing, which, reason) }}
        />
      )}
    </Page>
  )
}

const LIKE = [
  ['ipAddress', 'ip', 'Address'], ['fingerprint', 'fingerprint', 'Fingerprint'], ['core', 'core', 'Machine'], ['device', 'device', 'Device'],
  ['country', 'country', 'Country'], ['asn', 'asn', 'Network operator'], ['voter', 'voter', 'Voter'],
] as const

function Told({ project, items, answer: { vote, decisions, layers, cohorts } }: { project: string; items: Items; answer: VoteAnswer }) {
  const list = (filter: Record<string, string | number>): string => `/dashboard/votes${searchOf({ project, tab: 'all', ...filter })}`
  const last = decisions[0]
  return (
    <div class="wide-narrow">
      <div class="stack">
        <Panel title="Where it is, and why">
          <p class="row"><VoteStateBadge state={vote.state} />{vote.value === 0 && <Badge>taken back by its voter</Badge>}{vote.supersededBy !== null && <Badge>gave way to the voter’s own vote</Badge>}<Score score={vote.score} /></p>
          <Reasons reasons={vote.reasons} all />
          {last !== undefined && last.credits.length > 0 && <div><h3>For it</h3><ul class="bullets">{last.credits.map((credit) => <li key={credit}>{credit}</li>)}</ul></div>}
          {last !== undefined && last.missing.length > 0 && <p class="small muted">Not to be had, and counted neither way: {last.missing.map((name) => words(name.replace(/Ms$/, '').replaceAll(/([A-Z])/g, ' $1').toLowerCase())).join(', ')}.</p>}
          {cohorts.map(({ id, words: said }) => <p key={id} class="small"><a href={cohortHref(project, id)}>Cohort {id}</a>: {said}.</p>)}
        </Panel>
        <Panel title="What was done to it"><Layers layers={layers} project={project} /></Panel>
        <Panel title="Each time it was cast"><Decisions decisions={decisions} /></Panel>
      </div>
      <Panel title="How it was last cast">
        <Facts facts={[
          ['Item', <Untrusted key="item" text={items.title(vote.itemId)} max={100} />],
          ['Cast', <Time key="cast" at={vote.castAt} absolute />],
          ['Voter is a', vote.tier === 'verified' ? 'verified user' : 'device'],
          vote.endUser !== null && ['User', <Untrusted key="user" text={vote.endUser} />],
          ...LIKE.map(([field, filter, name]) => {
            const value = vote[field]
            return value === null ? null : [name, <a key={field} href={list({ [filter]: value })} title="Votes like it">{field === 'asn' ? `AS${value}` : <span class={field === 'country' || field === 'ipAddress' ? '' : 'mono'}>{value}</span>}</a>] as const
          }),
          ['Browser', <Untrusted key="agent" text={vote.userAgent} max={120} />],
          last !== undefined && ['Page', <Untrusted key="origin" text={last.origin} max={80} />],
          ['Policy', vote.policy ?? '–'],
        ]} />
      </Panel>
    </div>
  )
}

const DONE: Record<VoteLayer['effect'], string> = { invalidate: 'Invalidated', hold: 'Held', release: 'Released' }

function Layers({ layers, project }: { layers: readonly VoteLayer[]; project: string }) {
  if (layers.length === 0) return <p class="muted">Nothing.</p>
  return (
    <ol class="vote-steps">
      {layers.map(({ actionId, effect, actor, createdAt, reason, cohortId, standing, undoneAt, undoneBy, below }) => (
        <li key={actionId} class={standing ? effect : 'ended'}>
          <p><strong>{DONE[effect]}</strong> <Time at={createdAt} /> by <Untrusted text={actor} max={60} /> {standing ? <Badge tone="accent">in force; {below} below it</Badge> : <Badge>over</Badge>}{cohortId !== null && <> <a class="small" href={cohortHref(project, cohortId)}>cohort {cohortId}</a></>}</p>
          <p class="small"><Untrusted text={reason} max={300} /></p>
          {undoneAt !== null && <p class="small muted">Taken back <Time at={undoneAt} /> by <Untrusted text={undoneBy} max={60} /></p>}
        </li>
      ))}
    </ol>
  )
}

function Decisions({ decisions }: { decisions: readonly VoteDecision[] }) {
  if (decisions.length === 0) return <p class="muted">How it was cast is past retention.</p>
  return (
    <ol class="vote-steps">
      {decisions.map(({ at, value, state, score, action, wouldHave, ipAddress, reasons }) => (
        <li key={at}>
          <p><strong>{value === 1 ? 'Voted' : 'Took it back'}</strong> <Time at={at} absolute /> from {ipAddress} <VoteStateBadge state={state} /> <span class="small muted">score {score.toFixed(2)}, {words(action)}{wouldHave !== null && `, would have been ${words(wouldHave)}`}</span></p>
          {reasons.length > 0 && <ul class="plain small">{reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>}
        </li>
      ))}
    </ol>
  )
}
