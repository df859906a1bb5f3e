import { blink } from '../browsers.ts'
import { dress } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'
import { machineSignals } from '../signals.ts'

/**
 * Puppeteer with its stealth plugin and a curving cursor on one machine, lines and profiles rotated: the pressure of 0 and
 * what its workers say give it away.
 */
export const stealthBrowsers: AttackClass = {
  name: 'stealth-browsers',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const { core, timeZone } = ctx.machines.desktop(random, place)
    for (let visit = 0; visit < ctx.size(150); visit += 1) {
      // Whatever the machine is, the plugin says Windows and US English.
      const device = dress(blink('windows'), ['en-US', 'en'], timeZone, { core, fingerprint: random.hex(32) })
      const bot = ctx.bot(device, ctx.proxy())
      ctx.spawn(2 * HOUR + random.between(0, 20 * MINUTE), (actor) =>
        ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'stealth', dwellMs)))
    }
  },
}
