import { type AttackClass, HOUR, SECOND } from '../play.ts'

/** A shell script: no signals, no fingerprint, curl’s own name, a new address for every vote. */
export const bareHttpClient: AttackClass = {
  name: 'bare-http-client',
  play(ctx) {
    const device = { userAgent: 'curl/8.14.1', acceptLanguage: '*', fingerprint: undefined }
    ctx.spawn(2 * HOUR, async (actor) => {
      for (let visit = 0; visit < ctx.size(160); visit += 1) {
        await ctx.cast(ctx.bot(device, ctx.addresses.home()))
        await actor.sleep(1 * SECOND)
      }
    })
  },
}
