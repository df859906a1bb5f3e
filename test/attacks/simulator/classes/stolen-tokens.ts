import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { humanSignals } from '../signals.ts'

/** Valid tokens of real users who never voted on the target, taken from their browsers and used on one machine. */
export const stolenTokens: AttackClass = {
  name: 'stolen-tokens',
  play(ctx) {
    const { random } = ctx
    ctx.spawn(3 * HOUR, async (actor) => {
      const place = ctx.ownPlace()
      const address = ctx.ownAddress(place)
      const machine = ctx.machines.desktop(random, place)
      for (let victim = 0; victim < ctx.size(24); victim += 1) {
        const bot = ctx.bot(disguised(random, machine, place), address)
        const stolen = ctx.signUser(`quiet-user-${victim}`)
        bot.signIn(() => stolen)
        for (let use = 0; use < 3; use += 1) {
          // Three browsers on one token: still one user.
          bot.forget()
          await bot.startSession()
          await actor.sleep(4 * SECOND)
          await ctx.cast(bot, { signals: humanSignals(random, 'mouse', 4000), actor })
        }
      }
    })
  },
}
