import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE, SECOND } from '../play.ts'

/** Sessions are open when a moderator blocks the address; they go on voting. Everything cast here comes after the block. */
export const blockedLiveSession: AttackClass = {
  name: 'blocked-live-session',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const address = ctx.ownAddress(place)
    const machine = ctx.machines.desktop(random, place)
    ctx.spawn(2 * HOUR, async (actor) => {
      const bots = Array.from({ length: ctx.size(40) }, () => ctx.bot(disguised(random, machine, place), address))
      for (const bot of bots) await bot.startSession()
      await ctx.operator.block(ctx.projectKey, 'ip', address, ctx.timeline.now() + 6 * HOUR)
      await actor.sleep(3 * SECOND)
      for (let round = 0; round < 3; round += 1) {
        for (const bot of bots) {
          await ctx.cast(bot, { signals: ctx.humanly(bot, 5000), actor })
          await actor.sleep(0.5 * SECOND)
        }
        await actor.sleep(5 * MINUTE)
      }
    })
  },
}
