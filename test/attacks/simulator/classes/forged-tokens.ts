import { type AttackClass, HOUR, SECOND } from '../play.ts'
import { signUser } from '../tokens.ts'

/** User tokens nobody signed, sessions and device tokens nobody gave out: every way of making one up. */
export const forgedTokens: AttackClass = {
  name: 'forged-tokens',
  play(ctx) {
    const { random, signing } = ctx
    const now = (): number => ctx.timeline.now()
    const wrongSecret = { ...signing, secret: 'secret' }
    const recipes: ((sub: string) => string)[] = [
      (sub) => signUser(wrongSecret, sub, now()),
      (sub) => `${signUser(wrongSecret, sub, now(), { header: { alg: 'none' } }).split('.').slice(0, 2).join('.')}.`,
      (sub) => signUser(wrongSecret, sub, now(), { header: { alg: 'RS256' } }),
      (sub) => signUser(wrongSecret, sub, now(), { header: { kid: undefined } }),
      // Signed with what everybody can read in the page.
      (sub) => signUser({ ...signing, secret: signing.audience }, sub, now()),
      (sub) => signUser(wrongSecret, sub, now(), { claims: { aud: 'pk_another' } }),
    ]
    ctx.spawn(2 * HOUR, async (actor) => {
      const place = ctx.ownPlace()
      const address = ctx.ownAddress(place)
      const device = ctx.machines.desktop(random, place)
      for (let visit = 0; visit < ctx.size(90); visit += 1) {
        const bot = ctx.bot(device, address)
        const token = (recipes[visit % recipes.length] as (sub: string) => string)(`user-${visit}`)
        if (visit % 3 === 0) {
          bot.signIn(() => token)
          await ctx.cast(bot, { actor })
        } else {
          await bot.startSession()
          await ctx.cast(bot, { actor, extra: { userToken: token } })
        }
        await actor.sleep(1 * SECOND)
      }
      for (let visit = 0; visit < ctx.size(30); visit += 1) {
        const payload = Buffer.from(JSON.stringify({ projectId: 1, device: random.hex(32), expiresAt: now() + HOUR })).toString('base64url')
        await ctx.castBody(ctx.bot(device, address), { value: 1, session: `${payload}.${random.hex(43)}`, fingerprint: random.hex(32) })
      }
    })
  },
}
