import { expect, it } from 'vitest'
import { hostingCompany, isHostingNetwork } from './hosting-networks.ts'

it.each([
  [16509, 'Amazon'], [24940, 'Hetzner'], [9009, 'M247'], [63949, 'Akamai (Linode)'], [14061, 'DigitalOcean'],
])('AS%i is a hosting network: %s', (asn, company) => {
  expect(isHostingNetwork(asn)).toBe(true)
  expect(hostingCompany(asn)).toBe(company)
})

it.each([
  ['Deutsche Telekom', 3320], ['Comcast', 7922], ['Vodafone', 3209], ['Reliance Jio', 55836], ['Cogent, a carrier', 174], ['Softbank', 17676],
  ['Cloudflare, where WARP and Private Relay are', 13335], ['Akamai’s Private Relay', 36183], ['Fastly', 54113], ['Google’s offices', 15169],
  ['Zscaler, a proxy of companies', 22616], ['nobody', 0], ['no number', Number.NaN],
])('%s (AS%f) is none', (_, asn) => {
  expect(isHostingNetwork(asn)).toBe(false)
  expect(hostingCompany(asn)).toBeUndefined()
})
