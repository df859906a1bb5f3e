import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** Seven hours, three addresses, a vote every few minutes, each from a fresh device: no window ever sees two. */
export const slowDrip: AttackClass = {
  name: 'slow-drip',
  play(ctx) {
    const { random } = ctx
    const addresses = Array.from({ length: 3 }, () => ctx.addresses.home())
    const visits = ctx.size(150)
    for (let visit = 0; visit < visits; visit += 1) {
      const bot = ctx.bot(desktop(random), addresses[visit % addresses.length] as string)
      ctx.spawn(0.4 * HOUR + (visit * 7 * HOUR) / visits + random.between(0, MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'human-path', dwellMs)))
    }
  },
}
