import { desktop, phone } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** The best an anonymous attacker can do: new network, device, visitorId and User-Agent for every vote, and a person’s movements. */
export const bothRotated: AttackClass = {
  name: 'both-rotated',
  play(ctx) {
    const { random } = ctx
    for (let visit = 0; visit < ctx.size(200); visit += 1) {
      const bot = ctx.bot(random.chance(0.5) ? desktop(random) : phone(random), ctx.addresses.home())
      ctx.spawn(2 * HOUR + random.between(0, 40 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'human-path', dwellMs)))
    }
  },
}
