import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** el.click() in many real browsers: a hostile page, extension or console snippet; no pointer was there, and isTrusted says so. */
export const syntheticClicks: AttackClass = {
  name: 'synthetic-clicks',
  play(ctx) {
    const { random } = ctx
    for (let visit = 0; visit < ctx.size(150); visit += 1) {
      const bot = ctx.bot(desktop(random), ctx.addresses.home())
      ctx.spawn(2 * HOUR + random.between(0, 20 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'el.click', dwellMs)))
    }
  },
}
