import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { humanSignals } from '../signals.ts'

/** One browser that writes X-Forwarded-For itself, the proxy’s own address included; only what the proxy appends is true. */
export const forwardedForSpoofing: AttackClass = {
  name: 'forwarded-for-spoofing',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const me = ctx.self({ device: ctx.machines.desktop(random, place), address: ctx.ownAddress(place) })
    ctx.spawn(2 * HOUR, async (actor) => {
      await me.arrive(actor)
      await me.vote(actor, ctx.target, 1)
      for (let visit = 0; visit < ctx.size(120); visit += 1) {
        const invented = `${11 + random.below(200)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`
        me.browser.forwarded = random.pick([invented, `${invented}, 127.0.0.1`, `127.0.0.1, ${invented}`, '127.0.0.1'])
        me.browser.forget()
        await me.browser.startSession()
        await actor.sleep(3 * SECOND)
        await ctx.cast(me.browser, { signals: humanSignals(random, 'mouse', 3000), actor })
      }
    })
  },
}
