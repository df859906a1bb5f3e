import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** The customer’s identity secret has leaked: user-1001, user-1002 … signed without a flaw, from a handful of addresses. */
export const leakedSecret: AttackClass = {
  name: 'leaked-secret',
  play(ctx) {
    const { random } = ctx
    const addresses = Array.from({ length: 5 }, () => ctx.addresses.home())
    for (let user = 0; user < ctx.size(160); user += 1) {
      const bot = ctx.bot(desktop(random), random.pick(addresses))
      bot.signIn(() => ctx.signUser(`user-${1001 + user}`))
      ctx.spawn(2 * HOUR + random.between(0, 30 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'human-path', dwellMs)))
    }
  },
}
