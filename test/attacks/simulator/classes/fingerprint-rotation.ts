import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** One line, and a browser that invents a visitorId and clears its storage for every vote. */
export const fingerprintRotation: AttackClass = {
  name: 'fingerprint-rotation',
  play(ctx) {
    const { random } = ctx
    const address = ctx.addresses.home()
    const browser = desktop(random)
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let visit = 0; visit < ctx.size(160); visit += 1) {
        const bot = ctx.bot({ ...browser, fingerprint: random.hex(32) }, address)
        await ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'human-path', dwellMs))
        await actor.sleep(random.between(0, 3 * SECOND))
      }
    })
  },
}
