/** The columns a vote is shown in, wherever votes are listed. */
import type { Vote } from '../../../../contract/moderation.ts'
import { searchOf } from '../../app/api.ts'
import type { View } from '../../app/query.ts'
import { VoteStateBadge } from '../../components/Badges.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { Reasons, Score } from './Reasons.tsx'

export const voteHref = (project: string, id: string): string => `/dashboard/votes/${encodeURIComponent(id)}${searchOf({ project })}`
export const cohortHref = (project: string, id: string): string => `/dashboard/cohorts/${id}${searchOf({ project })}`

const SHORT = 10
const short = (text: string): string => (text.length > SHORT ? `${text.slice(0, SHORT)}…` : text)

/** Where it came from; each value leads to the votes that share it. */
function Source({ vote, href }: { vote: Vote; href: View['href'] }) {
  const { ipAddress, country, asn, fingerprint, endUser } = vote
  if (ipAddress === null) return <span class="muted">no longer known</span>
  return (
    <span class="source">
      <a href={href({ ip: ipAddress })} title="Votes from this address">{ipAddress}</a>
      <span class="small">
        {country !== null && <a href={href({ country })} title="Votes from this country">{country}</a>}{' '}
        {asn !== null && <a href={href({ asn })} title="Votes from this network operator">AS{asn}</a>}
      </span>
      {fingerprint !== null && <a class="small" href={href({ fingerprint })} title="Votes with this browser fingerprint">fp {short(fingerprint)}</a>}
      {endUser !== null && <span class="small">user <Untrusted text={endUser} max={40} /></span>}
    </span>
  )
}

interface Options {
  project: string
  itemTitle(id: string): string
  href: View['href']
  /** Whether every row is in the same state anyway. */
  oneState?: boolean
}

export function voteColumns({ project, itemTitle, href, oneState = false }: Options): Column<Vote>[] {
  return [
    {
      head: 'Vote', kind: 'primary',
      cell: (vote) => (
        <span class="vote-name">
          <a href={voteHref(project, vote.id)}><Untrusted text={itemTitle(vote.itemId)} max={60} /></a>
          <span class="row small">
            {!oneState && <VoteStateBadge state={vote.state} />}
            <span class="muted">{vote.tier === 'verified' ? 'verified user' : 'device'}{vote.value === 0 && ', taken back'}{vote.supersededBy !== null && ', gave way to the voter’s own'}</span>
            {vote.cohortId !== null && <a href={cohortHref(project, vote.cohortId)}>cohort {vote.cohortId}</a>}
          </span>
        </span>
      ),
    },
    { head: 'Why', cell: ({ reasons }) => <Reasons reasons={reasons} /> },
    { head: 'Score', kind: 'tight', cell: ({ score }) => <Score score={score} /> },
    { head: 'From', cell: (vote) => <Source vote={vote} href={href} /> },
    { head: 'Cast', kind: 'tight', cell: ({ castAt }) => <Time at={castAt} /> },
  ]
}
