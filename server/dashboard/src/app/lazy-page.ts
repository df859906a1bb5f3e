/** Pages, and parts of them, that are loaded when they are first wanted, and what to do when they cannot be. */
import type { ComponentType } from 'preact'
import { lazy } from 'preact-iso'
import { get } from './api.ts'

const RETRY_MS = 2000
/** Where somebody was sent by this a moment ago: a file that is not there at all is not asked for again and again. */
const KEY = 'truetally:loaded-again'

/**
 * The files of a page may be refused (the session is over: they are served to who is signed in), out of reach, or gone (the server has
 * another build). An ordinary request finds out which: it waits for somebody to sign in. Then the page, which is in the address by now,
 * is loaded whole.
 */
export const lazyPage = (load: () => Promise<{ default: ComponentType }>) => lazy(async () => {
  for (;;) {
    try {
      const page = await load()
      sessionStorage.removeItem(KEY)
      return page
    } catch (cause) {
      const isThere = await get('/operator/v1/account').then(() => true, () => false)
      if (isThere && sessionStorage.getItem(KEY) === location.href) throw cause
      if (isThere) {
        sessionStorage.setItem(KEY, location.href)
        location.reload()
      }
      await new Promise((resolve) => void setTimeout(resolve, RETRY_MS))
    }
  }
})

/**
 * A drawing on a page. It is asked for again while the server is out of reach or somebody signs in; the page is not loaded anew for it, as
 * it can be read without.
 * @throws what `load` did, where the server answers and the file still does not come
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  for (let wasThere = false; ; await new Promise((resolve) => void setTimeout(resolve, RETRY_MS))) {
    try {
      return await load()
    } catch (cause) {
      if (wasThere) throw cause
      wasThere = await get('/operator/v1/account').then(() => true, () => false)
    }
  }
}
