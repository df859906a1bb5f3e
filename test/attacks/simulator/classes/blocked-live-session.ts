import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE, SECOND } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** Sessions are open when a moderator blocks the address; they go on voting. Everything cast here comes after the block. */
export const blockedLiveSession: AttackClass = {
  name: 'blocked-live-session',
  play(ctx) {
    const { random } = ctx
    const address = ctx.addresses.home()
    ctx.spawn(2 * HOUR, async (actor) => {
      const bots = Array.from({ length: ctx.size(40) }, () => ctx.bot(desktop(random), address))
      for (const bot of bots) await bot.startSession()
      await ctx.operator.block(ctx.projectKey, 'ip', address, ctx.timeline.now() + 6 * HOUR)
      for (let round = 0; round < 3; round += 1) {
        for (const bot of bots) {
          await ctx.cast(bot, machineSignals(random, 'human-path', 5000))
          await actor.sleep(0.5 * SECOND)
        }
        await actor.sleep(5 * MINUTE)
      }
    })
  },
}
