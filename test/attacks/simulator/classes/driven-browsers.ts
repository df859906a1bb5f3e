import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** Playwright as shipped on one rented machine, lines and profiles rotated: navigator.webdriver, one move, a click on the dead centre. */
export const drivenBrowsers: AttackClass = {
  name: 'driven-browsers',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const machine = ctx.machines.desktop(random, place)
    for (let visit = 0; visit < ctx.size(150); visit += 1) {
      const bot = ctx.bot(disguised(random, machine, place), ctx.proxy())
      ctx.spawn(2 * HOUR + random.between(0, 20 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'playwright', dwellMs)))
    }
  },
}
