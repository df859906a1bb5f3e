/** How long the ledger is kept. Shortening it deletes, so what goes is shown before anything does. */
import { useState } from 'preact/hooks'
import type { Settings, SettingsPatchAnswer } from '../../../../../contract/settings.ts'
import { useAccount, useCan } from '../../../app/account.ts'
import { get, patch } from '../../../app/api.ts'
import { useAction, useLoad } from '../../../app/load.ts'
import { count, figure } from '../../../app/time.ts'
import { say } from '../../../app/toasts.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { Field } from '../../../components/Field.tsx'
import { ProblemNote, Ready } from '../../../components/Loading.tsx'
import { Facts, Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { SetBy, useActorNames } from '../policy/SetBy.tsx'

type Loss = NonNullable<SettingsPatchAnswer['loss']>

export default function Retention() {
  const loaded = useLoad((signal) => get<Settings>('/operator/v1/settings', {}, signal), [])
  return <Ready of={loaded}>{(settings) => <Days setting={settings.retentionDays} replace={(next) => loaded.replace(() => next)} />}</Ready>
}

function Days({ setting, replace }: { setting: Settings['retentionDays']; replace: (settings: Settings) => void }) {
  const can = useCan()
  const { projectId } = useAccount()
  const nameOf = useActorNames()
  // What is typed wins until it is applied: an effect that copied the setting in could overwrite the first keystrokes.
  const [typed, setTyped] = useState<string | undefined>()
  const days = typed ?? String(setting.value)
  const [loss, setLoss] = useState<{ of: Loss; days: number } | undefined>()
  const wanted = Number(days)
  const valid = Number.isInteger(wanted) && wanted >= 1 && wanted <= 3650

  const apply = useAction(async (retentionDays: number, confirm: boolean) => {
    const { settings } = await patch<SettingsPatchAnswer>('/operator/v1/settings', { retentionDays, confirm })
    setLoss(undefined)
    setTyped((now) => (Number(now) === retentionDays ? undefined : now))
    replace(settings)
    say({ text: `The ledger is kept for ${count(retentionDays, 'day')}.${confirm ? ' What is older goes within the hour.' : ''}`, kind: 'good' })
  })
  const ask = useAction(async () => {
    const preview = await patch<SettingsPatchAnswer>('/operator/v1/settings', { retentionDays: wanted, dryRun: true })
    if (preview.loss === null) await apply.run(wanted, false)
    // What would go belongs to the days it was asked for, whatever stands in the field by now.
    else setLoss({ of: preview.loss, days: wanted })
  })
  return (
    <Panel title="How long the ledger is kept">
      <p>
        Events, decisions, resolved alerts and what was told of them are deleted after <strong>{count(setting.value, 'day')}</strong>; feedback loses the address it came from.
        Votes, tallies and the audit log are kept.
      </p>
      <SetBy of={setting} variable="RETENTION_DAYS" nameOf={nameOf} />
      {can('admin') && projectId === null && setting.setBy !== 'environment' && (
        <form class="form retention-form" onSubmit={(event) => { event.preventDefault(); if (valid && wanted !== setting.value) void ask.run() }}>
          <Field label="Days" hint="1 to 3650." error={valid ? undefined : 'Write a whole number from 1 to 3650.'}>
            <input type="number" inputMode="numeric" min={1} max={3650} step={1} value={days} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setTyped(event.currentTarget.value)} />
          </Field>
          <ProblemNote problem={ask.problem ?? (loss === undefined ? apply.problem : undefined)} />
          <div class="row"><button type="submit" class="button primary" disabled={!valid || wanted === setting.value} aria-busy={ask.busy || apply.busy}>{valid && wanted < setting.value ? 'See what would go…' : 'Keep it so long'}</button></div>
        </form>
      )}
      {loss !== undefined && (
        <Dialog title={`Keep the ledger for ${count(loss.days, 'day')} only?`} onClose={() => setLoss(undefined)}>
          <p>What is older than <Time at={loss.of.before} absolute /> is deleted within the hour. Until then a longer retention keeps it; afterwards nothing brings it back.</p>
          <Facts facts={[
            ['Events', `about ${figure(loss.of.securityEvents)}`],
            ['Decisions', `about ${figure(loss.of.decisions)}`],
            ['Resolved alerts', figure(loss.of.alerts)],
            ['Whole days', figure(loss.of.days)],
            ['Feedback', `${count(loss.of.feedbackAddresses, 'message')} lose the address they came from`],
          ]} />
          <ProblemNote problem={apply.problem} />
          <div class="form-actions">
            <button type="button" class="button" onClick={() => setLoss(undefined)}>Cancel</button>
            <button type="button" class="button primary danger" aria-busy={apply.busy} onClick={() => void apply.run(loss.days, true)}>Delete what is older</button>
          </div>
        </Dialog>
      )}
    </Panel>
  )
}
