import { describe, expect, it } from 'vitest'
import { humanMouse, humans, playwright } from '../evidence.fixture.ts'
import { absent, failed } from '../evidence.ts'
import { webdriver } from './webdriver.ts'

describe('webdriver', () => {
  it('sees a browser that says it is driven', () => {
    expect(webdriver.detect(playwright)).toEqual({ value: 1 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(webdriver.detect(evidence)).toEqual({ value: 0 })
  })

  it('names webdriver as missing when it is absent or could not be found out', () => {
    expect(webdriver.detect({ ...humanMouse, webdriver: absent })).toEqual({ missing: 'webdriver' })
    expect(webdriver.detect({ ...humanMouse, webdriver: failed('unreadable') })).toEqual({ missing: 'webdriver' })
  })
})
