import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { humanSignals } from '../signals.ts'

/** Valid tokens of real users who never voted on the target, taken from their browsers and used from one place. */
export const stolenTokens: AttackClass = {
  name: 'stolen-tokens',
  play(ctx) {
    const { random } = ctx
    ctx.spawn(3 * HOUR, async (actor) => {
      const address = ctx.addresses.home()
      for (let victim = 0; victim < ctx.size(24); victim += 1) {
        const bot = ctx.bot(desktop(random), address)
        const stolen = ctx.signUser(`quiet-user-${victim}`)
        bot.signIn(() => stolen)
        for (let use = 0; use < 3; use += 1) {
          // Three browsers on one token: still one user.
          bot.forget()
          await ctx.cast(bot, humanSignals(random, 'mouse', 4000))
          await actor.sleep(3 * SECOND)
        }
      }
    })
  },
}
