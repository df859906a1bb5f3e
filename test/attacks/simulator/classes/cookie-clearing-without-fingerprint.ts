import { privateBrowser } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** Cookie clearing in a browser that gives no visitorId: nothing but the address says it is the same one. */
export const cookieClearingWithoutFingerprint: AttackClass = {
  name: 'cookie-clearing-without-fingerprint',
  play(ctx) {
    const me = ctx.self({ device: privateBrowser(), address: ctx.ownAddress(), hand: 'coarse-clock' })
    ctx.spawn(2 * HOUR, async (actor) => {
      await me.arrive(actor)
      await me.vote(actor, ctx.target, 1)
      for (let window = 0; window < ctx.size(120); window += 1) {
        me.browser.forget()
        await me.arrive(actor)
        await ctx.cast(me.browser, { signals: me.signals(), actor })
        await actor.sleep(ctx.random.between(1 * SECOND, 4 * SECOND))
      }
    })
  },
}
