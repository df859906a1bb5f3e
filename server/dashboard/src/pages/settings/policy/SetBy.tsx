/** Who says that something is as it is. */
import type { Settings } from '../../../../../contract/settings.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'

/** `account:2` as people call them. */
export function useActorNames(): (actor: string) => string {
  const known = useLoad((signal) => get<{ actors: { actor: string; name: string }[] }>('/operator/v1/actors', {}, signal), [])
  return (actor) => known.data?.actors.find((one) => one.actor === actor)?.name ?? actor
}

type Set = Pick<Settings['gateMode'], 'setBy' | 'setAt' | 'actor'>

export function SetBy({ of: { setBy, setAt, actor }, variable, nameOf }: { of: Set; variable: string; nameOf: (actor: string) => string }) {
  if (setBy === 'environment') return <p>Set by <code>{variable}</code> where the server was started. It can only be changed there.</p>
  if (setBy === 'default' || actor === null) return <p class="muted">Nobody has changed it here; this is how the server was started.</p>
  return <p class="muted">Set here by <Untrusted text={nameOf(actor)} max={60} />, <Time at={setAt} />.</p>
}
