/** What an action changes, before it is done: how many votes, and what the board will show. */
import type { ActionAnswer } from '../../../../contract/moderation.ts'
import { count, figure } from '../../app/time.ts'
import { Untrusted } from '../../components/Untrusted.tsx'

interface Props {
  answer: ActionAnswer
  /** `12 votes will be invalidated.` */
  sentence: string
  itemTitle(id: string): string
}

export function TallyChanges({ answer: { matched, tallyChanges }, sentence, itemTitle }: Props) {
  if (matched === 0) return <p class="note">No vote would change. They are in this state already, or there are none.</p>
  return (
    <div class="stack tally-changes">
      <p><strong>{sentence}</strong> {tallyChanges.length === 0 ? 'The public board stays as it is.' : `The public board changes for ${count(tallyChanges.length, 'item')}:`}</p>
      {tallyChanges.length > 0 && (
        <div class="tally-frame" tabIndex={0} role="region" aria-label="Tally changes">
          <table>
            <thead><tr><th scope="col">Item</th><th scope="col" class="number">Now</th><th scope="col" class="number">Then</th><th scope="col" class="number">Change</th></tr></thead>
            <tbody>
              {tallyChanges.map(({ itemId, before, after }) => (
                <tr key={itemId}>
                  <th scope="row"><Untrusted text={itemTitle(itemId)} max={60} /></th>
                  <td class="number">{figure(before)}</td>
                  <td class="number">{figure(after)}</td>
                  <td class="number">{after > before ? '+' : '−'}{figure(Math.abs(after - before))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
