import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** One browser through residential proxies: a new network and a cleared storage for every vote, always the same visitorId. */
export const addressRotation: AttackClass = {
  name: 'address-rotation',
  play(ctx) {
    const { random } = ctx
    const browser = ctx.machines.desktop(random, ctx.ownPlace())
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let visit = 0; visit < ctx.size(160); visit += 1) {
        await ctx.behave(actor, ctx.bot(browser, ctx.proxy()))
        await actor.sleep(random.between(0, 3 * SECOND))
      }
    })
  },
}
