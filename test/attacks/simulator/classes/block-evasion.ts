import { desktop } from '../devices.ts'
import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { machineSignals } from '../signals.ts'

/** A moderator blocks address and fingerprint after every twenty votes; the attacker takes the next address of the network and a new profile. */
export const blockEvasion: AttackClass = {
  name: 'block-evasion',
  play(ctx) {
    const { random } = ctx
    const network = ctx.addresses.network()
    ctx.spawn(2 * HOUR, async (actor) => {
      let host = 10
      let device = desktop(random)
      for (let visit = 1; visit <= ctx.size(160); visit += 1) {
        const address = `${network}.${host}`
        const status = await ctx.behave(actor, ctx.bot(device, address), (dwellMs) => machineSignals(random, 'human-path', dwellMs))
        device = { ...device, fingerprint: random.hex(32) }
        if (status === 403) host += 1
        else if (visit % 20 === 0) {
          await ctx.operator.block(ctx.projectKey, 'ip', address, ctx.timeline.now() + 6 * HOUR)
        }
        await actor.sleep(2 * SECOND)
      }
    })
  },
}
