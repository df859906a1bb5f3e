/** Whether a rule acts: as its file says, or as somebody set it here. */
import { useId, useState } from 'preact/hooks'
import type { Rule } from '../../../../../contract/alert.ts'
import type { Mode } from '../../../../../contract/settings.ts'
import { useAccount, useCan } from '../../../app/account.ts'
import { patch } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Choice } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { useActorNames } from '../policy/SetBy.tsx'
import { actionWords } from './rule-words.ts'
import '../choices.css'

type Wanted = Mode | 'file'
const DONE: Record<Wanted, string> = { enforce: 'acts', log: 'only writes down', file: 'does as its file says' }

export function ModeSwitch({ rule, replace }: { rule: Rule; replace: (rule: Rule) => void }) {
  const can = useCan()
  const { projectId } = useAccount()
  const nameOf = useActorNames()
  const group = useId()
  const present: Wanted = rule.modeSet?.mode ?? 'file'
  const [chosen, setChosen] = useState<Wanted | undefined>()
  const wanted = chosen ?? present
  const send = async (to: Wanted): Promise<void> => {
    replace(await patch<Rule>(`/security/v1/rules/${rule.name}`, { mode: to === 'file' ? null : to }))
    // Something else may be chosen by now.
    setChosen((now) => (now === to ? undefined : now))
  }
  const apply = useAction(async () => {
    await send(wanted)
    say({ text: `${rule.title}: the rule ${DONE[wanted]} from now on.`, kind: 'good', undo: { run: async () => { await send(present); return `${rule.title}: the rule ${DONE[present]} again.` } } })
  })
  const byFile = rule.actions.every(({ fileMode }) => fileMode === 'enforce') ? 'It acts.'
    : rule.actions.every(({ fileMode }) => fileMode === 'log') ? 'It only writes down.'
      : `It acts, but only writes down: ${rule.actions.filter(({ fileMode }) => fileMode === 'log').map((action) => actionWords(action)).join('; ')}.`
  return (
    <Panel title="What it does when it fires">
      {rule.actions.length === 0 && <p>It has no actions: it alerts, and nothing else.</p>}
      {rule.actions.length > 0 && rule.modeSetBy === 'gate' && <div class="note warn"><p>The gate only writes down, and so does every rule, whatever is chosen here. <a href="/dashboard/settings/policy">To the gate</a></p></div>}
      {rule.modeSet !== null && <p class="muted">Set by <Untrusted text={nameOf(rule.modeSet.actor)} max={60} />, <Time at={rule.modeSet.at} />.</p>}
      {rule.actions.length > 0 && !can('admin') && <p>{present === 'file' ? `As its file says. ${byFile}` : present === 'enforce' ? 'It acts.' : 'It only writes down.'}</p>}
      {rule.actions.length > 0 && can('admin') && projectId === null && (
        <form class="form" onSubmit={(event) => { event.preventDefault(); if (wanted !== present) void apply.run() }}>
          <fieldset class="choices">
            <legend class="visually-hidden">What the rule does when it fires</legend>
            <Choice type="radio" name={group} value="file" checked={wanted === 'file'} onChange={() => setChosen('file')} label="As its file says" hint={byFile} />
            <Choice type="radio" name={group} value="log" checked={wanted === 'log'} onChange={() => setChosen('log')} label="Only write down" hint="It alerts, and says what it would have done. What it did before stands until it ends." />
            <Choice type="radio" name={group} value="enforce" checked={wanted === 'enforce'} onChange={() => setChosen('enforce')} label="Act" hint="All of its actions. A back-test shows what that would have meant." />
          </fieldset>
          <ProblemNote problem={apply.problem} />
          <div class="row"><button type="submit" class="button primary" disabled={wanted === present} aria-busy={apply.busy}>Apply</button></div>
        </form>
      )}
    </Panel>
  )
}
