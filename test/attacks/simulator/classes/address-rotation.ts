import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** One browser through a residential proxy: a new network and a cleared storage for every vote, always the same visitorId. */
export const addressRotation: AttackClass = {
  name: 'address-rotation',
  play(ctx) {
    const { random } = ctx
    const browser = desktop(random)
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let visit = 0; visit < ctx.size(160); visit += 1) {
        const bot = ctx.bot(browser, ctx.addresses.home())
        await ctx.behave(actor, bot, (dwellMs) => machineSignals(random, 'human-path', dwellMs))
        await actor.sleep(random.between(0, 3 * SECOND))
      }
    })
  },
}
