import { expect, it } from 'vitest'
import { speaks } from './languages.ts'

it.each([
  ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de-DE'],
  ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'en-GB'],
  ['en-US,en;q=0.5', 'en'],
  ['de', 'de-AT'],
  ['DE-de', 'de'],
  ['nb-NO,nb;q=0.9,no;q=0.8', 'nn-NO'],
  ['iw-IL', 'he'],
  ['zh-TW,zh;q=0.9', 'zh-Hant-TW'],
  ['*', 'fr'],
  ['en-US,*;q=0.5', 'fr'],
  ['', 'fr'],
])('%j goes with a page in %s', (acceptLanguage, language) => expect(speaks(acceptLanguage, language)).toBe(true))

it.each([
  ['en-US,en;q=0.9', 'ru-RU'],
  ['de', 'en'],
  ['ru-RU,ru;q=0.9', 'en-US'],
  ['\0;;,,q=1', 'en'],
])('%j does not go with a page in %s', (acceptLanguage, language) => expect(speaks(acceptLanguage, language)).toBe(false))
