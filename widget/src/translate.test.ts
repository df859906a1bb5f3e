import { describe, expect, it } from 'vitest'
import { feedback } from './messages/feedback.ts'
import { addEnglish, addMessages, createTranslator } from './translate.ts'

describe('translate', () => {
  it('chooses the plural and writes numbers the way of the language', () => {
    const { translate } = createTranslator('en')
    expect(translate('vote', { title: 'Dark mode', count: 1 })).toBe('Vote for Dark mode, 1 vote')
    expect(translate('vote', { title: 'Dark mode', count: 12_000 })).toBe('Vote for Dark mode, 12,000 votes')
  })

  it('uses every plural form a language has', () => {
    addMessages('pl', { vote: { one: '{count} głos', few: '{count} głosy', many: '{count} głosów', other: '{count} głosu' } })
    const { translate } = createTranslator('pl')
    expect([1, 3, 5].map((count) => translate('vote', { count }))).toEqual(['1 głos', '3 głosy', '5 głosów'])
  })

  it('falls back key by key: region, language, English', () => {
    addMessages('de', { retry: 'Noch einmal', signIn: 'Bitte anmelden.' })
    addMessages('de-AT', { retry: 'Nochmals' })
    const { translate, formatNumber } = createTranslator('de_AT')
    expect([translate('retry'), translate('signIn'), translate('dismiss')]).toEqual(['Nochmals', 'Bitte anmelden.', 'Dismiss'])
    expect(formatNumber(1.5)).toBe('1,5')
  })

  it('keeps what the host has added above the English that comes with a later part', () => {
    addMessages('en', { send: 'Off it goes' })
    addEnglish(feedback)
    const { translate } = createTranslator('en')
    expect([translate('send'), translate('done')]).toEqual(['Off it goes', 'Done'])
    expect(createTranslator('fr').translate('send')).toBe('Send')
  })

  it('uses English plural rules for a message that falls back to English', () => {
    // Japanese has one category only; "1 votes" would be the result of applying it.
    expect(createTranslator('ja').translate('vote', { title: 'A', count: 1 })).toBe('Vote for A, 1 vote')
  })

  it('lets the host replace single messages, above every catalogue', () => {
    expect(createTranslator('de', { send: 'Los' }).translate('send')).toBe('Los')
  })

  it('reads a tag that Intl rejects as English', () => {
    expect(createTranslator('not a locale').locale).toBe('en')
  })

  it('takes titles literally, whatever they contain', () => {
    const title = '{count} $& <b>$1</b>'
    expect(createTranslator('en').translate('notSaved', { title })).toBe(`Your vote for “${title}” was not saved.`)
  })
})
