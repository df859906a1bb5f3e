/** Whether the log is what was written, and its head for whoever keeps it somewhere else. */
import type { AuditVerification } from '../../../../../contract/audit.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { count } from '../../../app/time.ts'
import { Badge } from '../../../components/Badges.tsx'
import { Copy } from '../../../components/Copy.tsx'
import { TextField } from '../../../components/Field.tsx'
import { Ready } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'

const HASH = /^[0-9a-f]{64}$/

export function Verification() {
  const { query, set } = useView()
  const head = query['head']
  const usable = head === undefined || HASH.test(head) ? head : undefined
  const verification = useLoad((signal) => get<AuditVerification>('/operator/v1/audit/verification', { head: usable }, signal), [usable])
  return (
    <Panel title="Is it what was written?" actions={<button type="button" class="button small" aria-busy={verification.loading} onClick={verification.reload}>Verify again</button>}>
      <p class="small muted">Each entry carries the hash of the one before it. A change, a gap or a swap breaks the chain from there on.</p>
      <Ready of={verification}>
        {({ ok, entries, head: current, fault }) => (
          <>
            <div class={`note ${ok ? 'good' : 'bad'}`} role="status">
              <div class="audit-verdict">
                <Badge tone={ok ? 'good' : 'critical'}>{ok ? 'unbroken' : 'broken'}</Badge>
                {fault === undefined
                  ? <span>{count(entries, 'entry holds', 'entries hold')}, from the first to the last{usable === undefined ? '' : ', and the head you kept is one of theirs'}.</span>
                  : (
                    <span>
                      {fault.entryId === null ? 'The log does not hold.' : `Entry ${fault.entryId} does not hold.`} {fault.explanation}{' '}
                      {fault.kind !== 'head_gone' && `The ${count(entries, 'entry', 'entries')} before it ${entries === 1 ? 'holds' : 'hold'}.`}
                    </span>
                  )}
              </div>
            </div>
            <div class="field">
              <span class="label">Head</span>
              <Copy text={current} label="Copy the head" />
              <span class="hint">Keep it outside this system. Whoever can rewrite the whole database can rewrite the chain, but not a head that you have.</span>
            </div>
          </>
        )}
      </Ready>
      <TextField label="A head you kept" value={head} placeholder="64 hexadecimal digits" onCommit={(text) => set({ head: text.toLowerCase() })}
        hint={head !== undefined && usable === undefined ? 'That is no head: it has 64 digits, 0 to 9 and a to f.' : 'Also finds an end that was cut off, and a log that was written anew.'} />
    </Panel>
  )
}
