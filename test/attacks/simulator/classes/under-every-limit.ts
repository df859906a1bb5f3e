import { defaultPolicy } from '../../../../server/gate/policies/default.ts'
import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'

/** Of a limit: velocity begins to score at half of it. */
const SAFE = 0.45
const perMinute = ({ limit, windowMs }: { limit: number; windowMs: number }): number => (SAFE * limit * MINUTE) / windowMs

/** One machine on as many networks, at as high a rate, as the velocity limits leave without a trace; a new profile for every vote. */
export const underEveryLimit: AttackClass = {
  name: 'under-every-limit',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const machine = ctx.machines.desktop(random, place)
    const { network, item } = defaultPolicy.windows
    const networks = Array.from({ length: Math.max(1, Math.floor(perMinute(item) / perMinute(network))) }, () => ctx.addresses.homes.network(place))
    const interval = MINUTE / perMinute(network)
    for (let visit = 0; visit < ctx.size(600); visit += 1) {
      const home = networks[visit % networks.length] as string
      ctx.spawn(2 * HOUR + Math.floor(visit / networks.length) * interval, (actor) =>
        ctx.behave(actor, ctx.bot(disguised(random, machine, place), `${home}.${10 + random.below(6)}`)))
    }
  },
}
