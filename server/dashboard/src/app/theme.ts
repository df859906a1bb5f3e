/** Light, dark, or what the system says. */
import { createStore } from './store.ts'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'truetally:theme'

const isTheme = (text: string | null): text is Theme => text === 'system' || text === 'light' || text === 'dark'
const remembered = localStorage.getItem(KEY)
export const theme = createStore<Theme>(isTheme(remembered) ? remembered : 'system')

export function applyTheme(): void {
  const chosen = theme.get()
  if (chosen === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = chosen
}

export function chooseTheme(next: Theme): void {
  localStorage.setItem(KEY, next)
  theme.set(next)
  applyTheme()
}
