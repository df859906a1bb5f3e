/** A new silence: what must match, until when, and why; with how many open alerts it would cover now. */
import { useState } from 'preact/hooks'
import type { Alert, Silence } from '../../../../contract/alert.ts'
import { del, get, post } from '../../app/api.ts'
import { fieldWords } from '../../app/field-words.ts'
import { useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { count } from '../../app/time.ts'
import { say } from '../../app/toasts.tsx'
import { Choice, Field } from '../../components/Field.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { useEnd } from './EndChoice.tsx'
import { covers } from './silence-cover.ts'
import type { AlertList, Matcher, NewSilence } from './wire.ts'

interface Props {
  /** Matchers are offered from it; without one they are typed. */
  alert?: Alert
  onDone(): void
  onClose(): void
}

export function SilenceDialog({ alert, onDone, onClose }: Props) {
  const { project } = useProject()
  const offered: Matcher[] = alert === undefined ? [] : [
    { name: 'rule', value: alert.rule }, ...Object.entries(alert.group).map(([name, value]) => ({ name, value })), { name: 'severity', value: alert.severity },
  ]
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(offered.filter(({ name }) => name !== 'severity').map(({ name }) => name)))
  const [typed, setTyped] = useState<readonly Matcher[]>(alert === undefined ? [{ name: 'rule', value: '' }] : [])
  const end = useEnd({ hours: 4 })
  const within = alert === undefined ? project : (alert.projectId ?? undefined)
  const matchers = [...offered.filter(({ name }) => chosen.has(name)), ...typed.filter(({ name, value }) => name.trim() !== '' && value.trim() !== '').map(({ name, value }) => ({ name: name.trim(), value: value.trim() }))]
  const act = async (reason: string): Promise<void> => {
    const endsAt = end.at()
    if (typeof endsAt !== 'number') throw new Error('The end has to be a moment to come.')
    const body: NewSilence = { matchers, reason, endsAt, ...(within === undefined ? {} : { project: within }) }
    const made = await post<Silence>('/security/v1/silences', body)
    say({ text: 'It is told to nobody until then. It is found and shown all the same.', undo: { run: async () => {
      await del(`/security/v1/silences/${made.id}`)
      onDone()
      return 'The silence has ended.'
    } } })
    onDone()
  }
  return (
    <ReasonDialog title="Silence alerts" verb="Silence" draft={`silence:${alert?.id ?? 'new'}`} ready={matchers.length > 0} act={act} onClose={onClose}>
      <p>Alerts that match all of these are told to nobody. They are found, shown and responded to all the same.</p>
      {offered.length > 0 && (
        <fieldset class="plain">
          <legend class="visually-hidden">What must match</legend>
          {offered.map(({ name, value }) => (
            <Choice key={name} checked={chosen.has(name)} label={<>{fieldWords(name)} is <Untrusted text={value} max={80} /></>}
              onChange={(on) => setChosen(new Set(on ? [...chosen, name] : [...chosen].filter((one) => one !== name)))} />
          ))}
        </fieldset>
      )}
      {typed.map((matcher, index) => (
        <div class="matcher" key={index}>
          <Field label="Field" hint="rule, severity, project, or what alerts are about, such as ipAddress for the address">
            <input type="text" autoComplete="off" spellcheck={false} value={matcher.name} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setTyped(typed.with(index, { ...matcher, name: event.currentTarget.value }))} />
          </Field>
          <Field label="Is" hint="* stands for anything">
            <input type="text" autoComplete="off" spellcheck={false} value={matcher.value} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setTyped(typed.with(index, { ...matcher, value: event.currentTarget.value }))} />
          </Field>
        </div>
      ))}
      {matchers.length + typed.length < 10 && <div><button type="button" class="button small" onClick={() => setTyped([...typed, { name: '', value: '' }])}>One more that must match</button></div>}
      <Cover matchers={matchers} project={within} />
      {end.fields}
    </ReasonDialog>
  )
}

/** What would change, before it does. */
function Cover({ matchers, project }: { matchers: readonly Matcher[]; project: string | undefined }) {
  const open = useLoad(async (signal) => (await Promise.all(['firing', 'pending'].map((state) =>
    get<AlertList>('/security/v1/alerts', { project, state, limit: 200 }, signal)))).flatMap(({ alerts }) => alerts), [project])
  if (open.data === undefined) return null
  const covered = open.data.filter((alert) => covers(matchers, alert))
  if (matchers.length === 0) return <p class="note warn">Choose at least one thing that must match.</p>
  return <p class="note">{covered.length === 0 ? 'It covers none of the alerts that are open now.' : `It covers ${count(covered.length, 'alert')} of the ${open.data.length} that are open now.`}</p>
}
