import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'

/** Seven hours, one machine, three addresses, a vote every few minutes, each from a fresh profile: no window ever sees two. */
export const slowDrip: AttackClass = {
  name: 'slow-drip',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const machine = ctx.machines.desktop(random, place)
    const addresses = Array.from({ length: 3 }, () => ctx.ownAddress(place))
    const visits = ctx.size(150)
    for (let visit = 0; visit < visits; visit += 1) {
      const bot = ctx.bot(disguised(random, machine, place), addresses[visit % addresses.length] as string)
      ctx.spawn(0.4 * HOUR + (visit * 7 * HOUR) / visits + random.between(0, MINUTE), (actor) => ctx.behave(actor, bot))
    }
  },
}
