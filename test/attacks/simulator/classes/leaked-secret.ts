import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'

/** The customer’s identity secret has leaked: user-1001, user-1002 … signed without a flaw, on one machine with five lines. */
export const leakedSecret: AttackClass = {
  name: 'leaked-secret',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const machine = ctx.machines.desktop(random, place)
    const addresses = Array.from({ length: 5 }, () => ctx.ownAddress(place))
    const users = ctx.size(160)
    for (let user = 0; user < users; user += 1) {
      const bot = ctx.bot(disguised(random, machine, place), random.pick(addresses))
      bot.signIn(() => ctx.signUser(`user-${1001 + user}`))
      ctx.spawn(2 * HOUR + ((user + random.next()) * 30 * MINUTE) / users, (actor) => ctx.behave(actor, bot))
    }
  },
}
