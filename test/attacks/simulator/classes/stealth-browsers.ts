import { DESKTOPS, desktop } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** Puppeteer with its stealth plugin and a curving cursor, everything rotated: only the pressure of 0 gives it away. */
export const stealthBrowsers: AttackClass = {
  name: 'stealth-browsers',
  play(ctx) {
    const { random } = ctx
    for (let visit = 0; visit < ctx.size(150); visit += 1) {
      const bot = ctx.bot({ ...desktop(random), userAgent: DESKTOPS[0] }, ctx.addresses.home())
      ctx.spawn(2 * HOUR + random.between(0, 20 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'stealth', dwellMs)))
    }
  },
}
