import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'

/**
 * Requests of real people, recorded and sent again: word for word with their session, and with only their signals (press,
 * path hash and all) on fresh devices from many addresses.
 */
export const replayedPayloads: AttackClass = {
  name: 'replayed-payloads',
  play(ctx) {
    const { random } = ctx
    // While the sessions of the launch day still live.
    ctx.spawn(4.1 * HOUR, async (actor) => {
      const recorded = ctx.crowd.flatMap(({ browser }) => browser.lastBody ?? [])
      for (const body of random.sample(recorded, ctx.size(60))) {
        await ctx.castBody(ctx.bot(desktop(random), ctx.addresses.home()), body)
        await actor.sleep(1 * SECOND)
      }
      const { signals } = random.pick(recorded) as { signals?: object }
      for (let visit = 0; visit < ctx.size(100); visit += 1) {
        const bot = ctx.bot(desktop(random), ctx.addresses.home())
        await bot.startSession()
        await ctx.cast(bot, signals)
        await actor.sleep(2 * SECOND)
      }
    })
  },
}
