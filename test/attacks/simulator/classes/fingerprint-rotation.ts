import { disguised } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'

/**
 * One line, one machine, and a browser that claims another visitorId, version and system for every vote, in its workers
 * too, and clears its storage. What the machine draws and sounds like stays what it is.
 */
export const fingerprintRotation: AttackClass = {
  name: 'fingerprint-rotation',
  play(ctx) {
    const { random } = ctx
    const place = ctx.ownPlace()
    const address = ctx.ownAddress(place)
    const machine = ctx.machines.desktop(random, place)
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let visit = 0; visit < ctx.size(160); visit += 1) {
        await ctx.behave(actor, ctx.bot(disguised(random, machine, place), address))
        await actor.sleep(random.between(0, 3 * SECOND))
      }
    })
  },
}
