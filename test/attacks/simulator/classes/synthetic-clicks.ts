import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/**
 * el.click() in many people’s own browsers: a hostile page, extension or console snippet; no pointer was there, and
 * isTrusted says so. Everything else is as real as can be.
 */
export const syntheticClicks: AttackClass = {
  name: 'synthetic-clicks',
  play(ctx) {
    const { random } = ctx
    for (let visit = 0; visit < ctx.size(150); visit += 1) {
      const place = ctx.addresses.proxies.place()
      const device = random.chance(0.5) ? ctx.machines.desktop(random, place) : ctx.machines.phone(random, place)
      const bot = ctx.bot(device, ctx.proxy(place))
      ctx.spawn(2 * HOUR + random.between(0, 20 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'el.click', dwellMs)))
    }
  },
}
