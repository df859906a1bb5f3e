import { blink } from '../browsers.ts'
import { dress } from '../devices.ts'
import { type AttackClass, HOUR, MINUTE } from '../play.ts'

const { 'sec-fetch-site': _unsent, ...forgotten } = blink('windows').headers
/** Right in every header but one: a header forgotten, or a list of brands that was right two releases ago. */
const TELLS = [forgotten, { ...blink('windows').headers, 'sec-ch-ua': blink('windows', 'Google Chrome', 154).headers['sec-ch-ua'] ?? '' }] as const

/** No browser at all: a native program on 60 rented servers does the work, makes up signals and cores, and writes Chrome’s headers by hand. */
export const farmedProofOfWork: AttackClass = {
  name: 'farmed-proof-of-work',
  play(ctx) {
    const { random } = ctx
    for (let server = 0; server < ctx.size(60); server += 1) {
      const place = ctx.addresses.dataCentres.place()
      const address = ctx.addresses.dataCentres.home(place)
      const claimed = ctx.ownPlace()
      for (let vote = 0; vote < 2 + (server % 2); vote += 1) {
        const made = dress(blink('windows'), claimed.languages, claimed.timeZones[0] ?? 'UTC', { core: random.hex(32), fingerprint: random.hex(32) })
        const headers = { ...TELLS[server % 2], 'accept-language': made.headers['accept-language'] ?? '' }
        const bot = ctx.bot({ ...made, headers }, address)
        ctx.spawn(2 * HOUR + random.between(0, 30 * MINUTE), (actor) => ctx.behave(actor, bot))
      }
    }
  },
}
